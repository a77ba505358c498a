"""Files in browsers without scripts: they come with the form, stay when it is refused, and can be taken out again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.firm import Build, Firm, refused
from tests.web.conftest import FILES, Browser, opened
from tests.web.test_boards import PICTURE
from tests.web.test_pages import SAFE, Page

FIELDS = """\
  photos:   {type: image, title: {zh: 照片, en: Photos}, max_files: 2}
  paper:    {type: file, title: {zh: 文件, en: Paper}, accept: [.pdf], max_size: 1KB, required: kind = "web"}
  signed:   {type: signature, title: {zh: 签名, en: Signed}}
"""
TYPED = {
    "_fields": "customer kind items photos paper signed", "customer": "1", "kind": "shop", "items.0.what": "Tea",
    "items.0.quantity": "2",
}  # fmt: skip


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    """The shop, whose sales have files."""
    form = FILES["forms/sale.yaml"].replace("  note:     {type", f"{FIELDS}  note:     {{type", 1)
    return opened(engine_of({**FILES, "forms/sale.yaml": form}))


def send(client: TestClient, path: str, files: list[tuple[str, tuple[str, bytes]]], **more: Any) -> Any:
    return client.post(path, data={**TYPED, **more}, files=files, headers=SAFE)


def test_files_come_with_the_form_and_stay_when_it_is_refused(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    assert 'enctype="multipart/form-data"' in client.get("/f/sale/new").text
    picture = ("photos.upload", ("box.png", PICTURE))
    back = send(client, "/f/sale/new", [picture, ("paper.upload", ("", b""))], kind="web")
    assert back.status_code == 422 and "Upload &#34;Paper&#34;" in back.text
    kept = Page(back.text).fields["photos"]
    assert kept[0] == "" and "box.png" in back.text
    paper = ("paper.upload", ("contract.pdf", b"%PDF-1.7"))
    done = send(client, "/f/sale/new", [paper], kind="web", photos=kept)
    assert done.headers["location"] == "/f/sale/1"
    found = shop.get("sale", 1)
    assert [found["photos"], found["paper"]] == [(int(kept[1]),), (int(kept[1]) + 1,)]


def test_a_file_is_taken_out_before_saving(browser: Browser) -> None:
    client = browser("carl")
    ids = [Page(send(client, "/f/sale/new", [("photos.upload", (f"{n}.png", PICTURE))], customer="").text).fields["photos"][1]
           for n in "ab"]  # fmt: skip
    page = send(client, "/f/sale/new", [], photos=["", *ids], _rows=f"photos less {ids[0]}")
    assert page.status_code == 200
    assert Page(page.text).fields["photos"] == ["", ids[1]]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("notes.txt", b"hello", "value_file_kind"), ("big.pdf", b"%PDF-1.7" + b" " * 2000, "value_file_too_large")],
)
def test_what_the_field_does_not_take_is_refused_at_every_door(
    browser: Browser, shop: Firm, name: str, content: bytes, code: str
) -> None:
    client = browser("carl")
    page = send(client, "/f/sale/new", [("paper.upload", (name, content))])
    assert page.status_code == 422 and 'id="field-paper-error"' in page.text and name in page.text
    id = int(Page(page.text).fields["paper"][1])
    raw = {"customer": 1, "items": [{"what": "Tea", "quantity": 1}], "paper": [id]}
    program = shop.who("carl", "api")
    assert refused(lambda: shop.engine.submit(program, "sale", raw)) == [(code, "paper")]


def test_a_saved_signature_can_be_taken_back(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    assert send(client, "/f/sale/new", [("signed.upload", ("ann.png", PICTURE))]).status_code == 303
    page = client.get("/f/sale/1/edit").text
    signed = Page(page).fields["signed"][1]
    assert re.search(rf'name="_rows" value="signed less {signed}"', page)
    row = Page(page).fields["items.0.id"][-1]
    gone = send(client, "/f/sale/1/edit", [], version="1", signed="", **{"items.0.id": row})
    assert gone.status_code == 303
    assert shop.get("sale", 1)["signed"] is None
    told = re.sub(r"<[^>]+>", " ", client.get("/f/sale/1/history").text)
    assert re.search(r"Signed\s+ann\.png", told)  # what it was, by its name: a picture has no other words


def test_a_file_that_its_field_does_not_take_is_refused_where_it_is_chosen(browser: Browser) -> None:
    json = {**SAFE, "accept": "application/json"}
    asked = {"accept": "image/jpeg,image/png,.pdf"}

    def sent(name: str, content: bytes, language: str = "en") -> Any:
        return browser("carl", language).post("/files", data=asked, files={"file": (name, content)}, headers=json)

    broken = sent("box.jpg", b"not a picture")
    assert broken.status_code == 422
    assert broken.json()["detail"] == 'What "box.jpg" holds is not taken here. Remove it, and use JPG, PNG, .pdf'
    assert "JPG、PNG、.pdf" in sent("a.exe", b"MZ", "zh").json()["detail"]
    assert sent("box.png", PICTURE).status_code == sent("a.pdf", b"%PDF-1.7").status_code == 201
