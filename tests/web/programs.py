"""Programs that call the API, each with the token of one person."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from engine.runtime import people, sessions
from engine.web.app import create_app
from tests.firm import Firm


class Program:
    """The API as one person's program uses it; `en` unless told otherwise."""

    def __init__(self, http: TestClient, token: str | None) -> None:
        self.http, self.token = http, token

    def call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"accept-language": "en", **more.pop("headers", {})}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        return self.http.request(method, path, headers=headers, **more)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of an answer that must be a good one."""
        found = self.call("GET", f"/api{path}", params=params)
        assert found.status_code == 200, found.text
        return found.json()

    def new(self, form: str, **fields: Any) -> dict[str, Any]:
        """A record that must be accepted."""
        found = self.call("POST", f"/api/forms/{form}/records", json=fields)
        assert found.status_code == 201, found.text
        return found.json()

    def record(self, form: str, id: int) -> dict[str, Any]:
        return self.get(f"/forms/{form}/records/{id}")

    def change(self, form: str, id: int, version: str = "*", **fields: Any) -> dict[str, Any]:
        found = self.call("PATCH", f"/api/forms/{form}/records/{id}", json=fields, headers={"if-match": version})
        assert found.status_code == 200, found.text
        return found.json()

    def press(self, form: str, id: int, name: str, **body: Any) -> dict[str, Any]:
        """Press a button that must open; the record as it is then (empty: no longer theirs to see)."""
        found = self.call("POST", f"/api/forms/{form}/records/{id}/transitions/{name}", json=body)
        assert found.status_code == 200, found.text
        return found.json()

    # -- refusals ------------------------------------------------------------------------------------------------------

    def why(self, method: str, path: str, **more: Any) -> tuple[int, list[tuple[str, str | None]]]:
        """The status, and code and field of every problem that a request is refused for."""
        found = self.call(method, f"/api{path}", **more)
        assert found.headers["content-type"] == "application/problem+json", found.text
        body = found.json()
        assert body["status"] == found.status_code and body["type"] == f"urn:formloom:problem:{body['code']}"
        return found.status_code, [(p["code"], p["field"]) for p in body["problems"]]

    def not_new(self, form: str, **fields: Any) -> list[tuple[str, str | None]]:
        return self.why("POST", f"/forms/{form}/records", json=fields)[1]

    def not_pressed(self, form: str, id: int, name: str, **body: Any) -> list[tuple[str, str | None]]:
        return self.why("POST", f"/forms/{form}/records/{id}/transitions/{name}", json=body)[1]


class Desk:
    """The API of a firm, and its people's programs."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.http = TestClient(create_app(firm.engine), raise_server_exceptions=False)

    def of(self, login: str) -> Program:
        """The program of a person who is there."""
        store, now = self.firm.engine.store, self.firm.clock()
        with store.read() as conn:
            person = people.find_person(conn, login)
        assert person is not None, login
        return Program(self.http, store.write(lambda conn: sessions.make_token(conn, person, "test", now))[1])

    def stranger(self) -> Program:
        return Program(self.http, None)
