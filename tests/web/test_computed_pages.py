"""Pages and API of a form that is computed: everything can be read, nothing can be written, and it says where it is from."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from engine.runtime import passwords, people
from engine.web.app import create_app
from tests.firm import ADMIN, Build
from tests.runtime.test_aggregates import FILES


def test_a_computed_record_is_read_and_never_written(engine_of: Build) -> None:
    firm = engine_of(FILES)
    clerk = firm.person("kai", "clerk")
    product = firm.new(ADMIN, "product", code="P1", name="Bolt")
    firm.new(ADMIN, "stock_move", product=product, batch="A", quantity="12")

    def unit(conn: Any) -> None:
        people.update_person(conn, clerk.id or 0, {"password": passwords.hashed("long-enough-1"), "language": "en"})

    firm.engine.store.write(unit)
    client = TestClient(create_app(firm.engine), follow_redirects=False, headers={"accept": "text/html"})
    assert client.post("/login", data={"name": "kai", "password": "long-enough-1"}).status_code == 303
    listed = client.get("/f/stock")
    assert listed.status_code == 200 and "P1 A" in listed.text and "/f/stock/new" not in listed.text
    shown = client.get("/f/stock/1")
    assert shown.status_code == 200 and "Computed from Stock move, Reservation" in shown.text
    assert "/f/stock/1/edit" not in shown.text and "/f/stock/1/delete" not in shown.text
    assert client.get("/f/stock/1/why?field=available").status_code == 200
    assert client.get("/f/stock/1/access").status_code == 200
    assert client.get("/f/stock/new").status_code == 403
    api = {"accept": "application/json"}
    one = client.get("/api/forms/stock/records/1", headers=api)
    assert one.status_code == 200 and str(one.json()["available"]).startswith("12")
    made = client.post("/api/forms/stock/records", json={"batch": "B"}, headers={**api, "origin": "http://testserver"})
    assert made.status_code == 403 and "computed_form" in made.text
    assert client.get("/api/openapi.json", headers=api).status_code == 200
