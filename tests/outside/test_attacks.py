"""Odd but valid requests, and what a strict reader of the pages would hold against the answers."""

from __future__ import annotations

from typing import Any

import pytest
from answers import assert_outcome, made_up
from houses import House

PERSONAL = ("Patient", "Observation", "Provenance", "Consent", "Task", "AuditEvent")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", made_up("Observation")),
        ("PATCH", made_up("Task")),
        ("GET", f"{made_up('Observation')}/_history"),
        ("GET", f"{made_up('Observation')}/_history/1"),
        ("GET", made_up("Provenance")),
        ("GET", "Provenance?patient=x"),
        ("GET", f"{made_up('Patient')}/$everything"),
        ("PUT", made_up("Observation")),
        ("POST", "AuditEvent"),
    ],
)
def test_what_is_not_served_leaves_its_row_all_the_same(
    house: House, method: str, path: str
) -> None:
    before = house.server.rows("audit")
    body: dict[str, Any] = {"json": {}} if method in ("PUT", "POST", "PATCH") else {}
    assert_outcome(house.trust.request(method, path, **body), 400, 403, 404, 405, 415)
    assert house.server.rows("audit") == before + 1


def test_what_is_done_at_an_address_is_said_in_one_order(house: House) -> None:
    answer = house.trust.request("DELETE", made_up("Consent"))
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, PATCH, PUT"
