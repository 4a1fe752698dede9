"""Odd but valid requests, and what a strict reader of the pages would hold against the answers."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from answers import assert_outcome, made_up
from houses import House, Situation

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
        ("GET", f"{made_up('Observation')}/"),
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


def test_a_form_is_unpacked_no_further_than_it_may_be_long(house: House) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    for length, status in ((200, 200), (50_000_000, 413)):
        before = house.server.rows("audit")
        packed = gzip.compress(b"identifier=a&code=" + b"a" * length)
        answer = house.trust.request(
            "POST", "Observation/_search", content=packed, headers=form, timeout=30
        )
        assert answer.status_code == status
        assert house.server.rows("audit") == before + 1


def test_others_are_answered_while_a_search_leads_far(
    house: House, meet: Callable[..., Situation]
) -> None:
    mine = meet().at_trust
    lamb = house.trust.created({"resourceType": "Practitioner", "name": [{"family": "Lamb"}]})
    performer = [{"reference": f"Practitioner/{lamb['id']}"}]
    seen = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]},
        "subject": {"reference": mine},
        "performer": performer,
    }
    entries = [{"resource": seen, "request": {"method": "POST", "url": "Observation"}}] * 1_000
    assert house.trust.transact(entries).status_code == 200
    far = "Practitioner?" + "&".join(["_has:Observation:performer:code=75626-2"] * 200)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(house.client("trust").request, "GET", far, timeout=30)
        time.sleep(0.5)
        began = time.monotonic()
        read = house.drugs.request("GET", made_up("Observation"), timeout=30)
        took = time.monotonic() - began
        assert read.status_code == 404
        assert not waiting.done()
        assert took < 2
        assert waiting.result().status_code in (200, 503)
