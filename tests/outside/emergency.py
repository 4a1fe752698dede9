"""Practitioners who look in an emergency, and officers who sign in to their pages, over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
from houses import House
from smart_client import ACT_REASON, Json, Registration, SmartClient, register

SDS = "https://fhir.nhs.uk/Id/sds-user-id|"
DOCTOR, NURSE = f"{SDS}555000111", f"{SDS}555000222"
WHY = "Found unconscious at home"
HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


def breaker(house: House, ods: str = "DA1") -> Registration:
    """A client of a service for emergencies alone."""
    return register(house.server, "Emergencies", ods, purpose="BTG")


class Emergency(SmartClient):
    """A session of one practitioner about one person."""

    def __init__(
        self, house: House, who: Registration, patient: str, user: str = DOCTOR, why: str = WHY
    ) -> None:
        super().__init__(house.server, who, patient)
        self.user, self.why = user, why
        house.clients.append(self)  # closed with it

    def claims(self, **changed: Any) -> Json:
        b2b = {"version": "1", "purpose_of_use": [ACT_REASON + "BTG"], "subject_id": self.user}
        onestory = {"patient": self.patient, "reason": self.why}
        return super().claims(extensions={"hl7-b2b": b2b, "onestory": onestory}) | changed


class Officer:
    """An officer's browser without script."""

    def __init__(self, house: House, name: str, *more: str) -> None:
        server, database = house.server, ("--database", house.server.database)
        server.command("officer", "add", *database, "--name", name, *more)
        named = server.command(
            "officer", "link", *database, "--name", name, "--base-url", server.base
        )
        self.base = server.base
        self.cookies = httpx.Cookies()
        proof = json.loads(named.stdout)["address"].rpartition("/")[2]
        assert self._asks("POST", "/sign-in", {"proof": proof}).status_code == 303

    def page(self, path: str) -> str:
        answer = self._asks("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def sends(self, path: str, **form: str) -> httpx.Response:
        token = dict(HIDDEN.findall(self.page(path)))["form_token"]
        return self._asks("POST", path, {"form_token": token} | form)

    def _asks(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=30, cookies=self.cookies) as browser:
            answer = browser.request(method, f"{self.base}{path}", data=form)
            self.cookies = browser.cookies
        return answer
