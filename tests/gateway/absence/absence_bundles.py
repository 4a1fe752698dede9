"""Several requests in one."""

from __future__ import annotations

import absence_reading
import absence_searching
from absence_client import Client, Kinds, kind_of
from absence_requests import asked_in, bundle
from absence_server import Sent

KINDS: Kinds = {}
kind = kind_of(KINDS)
_READS = absence_reading.KINDS | absence_searching.KINDS

LOOKS = (
    "read_anything",
    "read_what_is_withheld",
    "history_of_one",
    "search_a_person",
    "search_by_token",
    "search_by_has",
    "include",
    "search_counted",
)


@kind
def batch_of_looks(c: Client) -> Sent:
    looks = [_READS[c.rng.choice(LOOKS)](c) for _ in range(c.rng.randint(1, 5))]
    return bundle("batch", *map(asked_in, looks))


@kind
def transaction_of_looks(c: Client) -> Sent:
    looks = [_READS[c.rng.choice(LOOKS)](c) for _ in range(c.rng.randint(1, 3))]
    return bundle("transaction", *map(asked_in, looks))


@kind
def transaction_of_writes(c: Client) -> Sent:
    resource = c.resource()
    if resource["resourceType"] == "Observation":
        resource["derivedFrom"] = [{"reference": c.any}]
    post = {"method": "POST", "url": resource["resourceType"]}
    look = asked_in(_READS[c.rng.choice(LOOKS)](c))
    return bundle("transaction", {"resource": resource, "request": post}, look)


@kind
def batch_of_writes(c: Client) -> Sent:
    resource = c.resource()
    post = {"method": "POST", "url": resource["resourceType"]}
    gone = {"request": {"method": "DELETE", "url": c.any}}
    return bundle("batch", {"resource": resource, "request": post}, gone)
