"""A referral as a BaRS message: a header with where it comes from and goes to, and what travels.

    message(routing, resources, content) -> Bundle, as a tree

The request comes first among the resources. Only what is given is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mappings import bars, parties
from mappings.bars import Json, Resource
from mappings.systems import MESSAGE, ODS

Placed = tuple[str, Resource]  # the address of an entry, and its resource


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a message is made, and when: `endpoint` is the address of the server, `timestamp` a
    FHIR instant."""

    endpoint: str
    timestamp: str
    name: str = "One Story"


def message(routing: Routing, resources: Sequence[Placed], content: bytes) -> Json:
    """The message Bundle; `content` is the resources in bytes: two of the same have one
    identifier."""
    (address, request), *others = resources
    own = parties.urn("bars", address, hashlib.sha256(content).hexdigest())
    tasks = [each for _, each in others if _asks(each, address)]
    header = _header(routing, own, resources[0], tasks, [each for _, each in others])
    entries = [(parties.urn("bars", own, "header"), header), (address, _request(request)), *others]
    return {
        "resourceType": "Bundle",
        "id": own.removeprefix("urn:uuid:"),
        "meta": {"profile": [bars.table()["profiles"]["bundle"]]},
        "identifier": {"system": MESSAGE, "value": own.removeprefix("urn:uuid:")},
        "type": "message",
        "timestamp": routing.timestamp,
        "entry": [{"fullUrl": url, "resource": dict(each)} for url, each in entries],
    }


def _asks(resource: Resource, address: str) -> bool:
    """Whether it is a Task for the request of that address."""
    focus = str((resource.get("focus") or {}).get("reference", ""))
    is_same = focus == address or address.endswith(f"/{focus}")
    return resource["resourceType"] == "Task" and bool(focus) and is_same


def _header(
    routing: Routing,
    own: str,
    asked: Placed,
    tasks: Sequence[Resource],
    others: Sequence[Resource],
) -> Json:
    known, (address, request) = bars.table(), asked
    sender = next((task["requester"] for task in tasks if "requester" in task), None)
    sender = sender or request.get("requester")
    return {
        "resourceType": "MessageHeader",
        "id": parties.urn("bars", own, "header").removeprefix("urn:uuid:"),
        "meta": {"profile": [known["profiles"]["header"]]},
        "eventCoding": {
            "system": known["events"]["systems"][0],
            "code": known["events"]["request"],
        },
        "destination": list(_destinations(tasks, others, routing.endpoint)),
        **({"sender": sender} if sender else {}),
        "source": {"name": routing.name, "endpoint": routing.endpoint},
        "reason": {
            "coding": [{"system": known["reasons"]["systems"][0], "code": known["reasons"]["new"]}]
        },
        "focus": [{"reference": address}],
        "definition": known["definition"],
    }


def _destinations(
    tasks: Sequence[Resource], others: Sequence[Resource], endpoint: str
) -> Iterator[Json]:
    """The services that were asked, each by its code where one is known."""
    for owner in (task["owner"] for task in tasks if "owner" in task):
        there = [one for one in others if _is(one, str(owner.get("reference", "")))]
        code = bars.ods_of(owner) or next((bars.ods_of(one) for one in there), "")
        yield {"endpoint": f"{ODS}|{code}" if code else endpoint, "receiver": owner}


def _is(resource: Resource, reference: str) -> bool:
    return f"{resource['resourceType']}/{resource.get('id')}" == reference


def _request(request: Resource) -> Json:
    """The request in the words of the standard: what it asks for is a plan, and a referral."""
    known = bars.table()
    kind = {name: known["category"][name] for name in ("system", "code", "display")}
    intent = known["intent"]
    meta = dict(request.get("meta") or {})
    meta["profile"] = [*meta.get("profile", ()), known["profiles"]["request"]]
    return {
        **request,
        "meta": meta,
        "intent": intent["there"] if request["intent"] == intent["here"] else request["intent"],
        "category": [*request.get("category", ()), {"coding": [kind]}],
    }
