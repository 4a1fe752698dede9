"""What of an answer a client can hold against another answer."""

from __future__ import annotations

import re
from typing import Any

import httpx
from made_up import referral
from smart_client import Json, SmartClient

VARYING = {"date", "x-request-id", "x-correlation-id", "traceparent", "tracestate"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MADE_UP = "00000000-0000-4000-8000-0000000{:05d}"


def face(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers (but Date and request or trace ids) and body: all that a client sees."""
    headers = [(k.lower(), v) for k, v in answer.headers.multi_items() if k.lower() not in VARYING]
    return answer.status_code, headers, answer.content


def made_up(resource_type: str, number: int = 1) -> str:
    """A reference to what never existed."""
    return f"{resource_type}/{MADE_UP.format(number)}"


def is_refused(client: SmartClient, reference: str) -> bool:
    """A read of it answers exactly as a read of a made-up id of the type does."""
    asked = client.get(reference)
    never = client.get(made_up(reference.partition("/")[0]))
    assert face(asked) == face(never)
    assert_outcome(asked, 404)
    assert reference.partition("/")[2] not in asked.text
    return True


def assert_outcome(answer: httpx.Response, *statuses: int) -> Json:
    """An OperationOutcome with one of these statuses, whose issues say something."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    outcome = dict(answer.json())
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"]
    assert all(issue.get("severity") and issue.get("code") for issue in outcome["issue"])
    return outcome


def references_in(value: Any) -> set[str]:
    """Every `reference` anywhere in a resource."""
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*map(references_in, value.values()))
    if isinstance(value, list):
        return set().union(*map(references_in, value))
    return set()


def references_of(resources: list[Json]) -> set[str]:
    """The "Type/id" of each."""
    return {f"{r['resourceType']}/{r['id']}" for r in resources}


def ids_of(*references: str) -> str:
    """Their ids, as `_id` takes several."""
    return ",".join(reference.partition("/")[2] for reference in references)


def posted(bundle_answer: httpx.Response) -> list[str]:
    """The "Type/id" of each entry of a transaction's answer, in order."""
    assert bundle_answer.status_code == 200, bundle_answer.text
    locations = (e["response"]["location"] for e in bundle_answer.json()["entry"])
    return ["/".join(where.split("/_history/")[0].split("/")[-2:]) for where in locations]


def refer(sender: SmartClient, patient: str, receiver: str, *listed: str, **how: bool) -> Any:
    """The answer to a referral sent as one transaction."""
    return sender.transact(referral(patient, sender.who.organization, receiver, *listed, **how))
