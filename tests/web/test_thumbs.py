from __future__ import annotations

import io

from PIL import Image

from tests.web.conftest import Browser
from tests.web.test_pages import SAFE


def test_pictures_are_shown_small_to_those_who_may_have_them(browser: Browser) -> None:
    content = io.BytesIO()
    Image.effect_noise((900, 600), 60).convert("RGB").save(content, "JPEG")
    carl = browser("carl")
    sent = carl.post("/files", files={"file": ("a.jpg", content.getvalue(), "image/jpeg")}, headers=SAFE).json()
    small = carl.get(f"{sent['url']}?thumb")
    assert small.headers["content-type"] == "image/webp"
    assert len(small.content) * 3 < len(content.getvalue())
    with Image.open(io.BytesIO(small.content)) as made:
        assert made.size == (480, 320)
    assert carl.get(sent["url"]).headers["content-type"] == "image/jpeg"
    assert browser("bea").get(f"{sent['url']}?thumb").status_code == 404
