"""Looking at one thing, or at what it was."""

from __future__ import annotations

from absence_client import Client, Kinds, kind_of
from absence_requests import get
from absence_server import Sent

KINDS: Kinds = {}
kind = kind_of(KINDS)


@kind
def read_anything(c: Client) -> Sent:
    return get(c.any)


@kind
def read_what_is_withheld(c: Client) -> Sent:
    return get(c.withheld)


@kind
def read_a_patient(c: Client) -> Sent:
    return get(c.patient)


@kind
def head(c: Client) -> Sent:
    return Sent("HEAD", f"/fhir/{c.any}")


@kind
def read_if_changed(c: Client) -> Sent:
    reference = c.rng.choice([c.any, *c.etags])
    return get(reference, ("If-None-Match", f'W/"{c.version(reference)}"'))


@kind
def read_if_changed_since(c: Client) -> Sent:
    when = c.rng.choice(("Sun, 03 May 2026 09:30:00 GMT", "Mon, 04 May 2026 09:00:00 GMT"))
    return get(c.any, ("If-Modified-Since", when))


@kind
def read_a_part(c: Client) -> Sent:
    return get(f"{c.any}?{c.rng.choice(('_summary=true', '_elements=status', '_summary=text'))}")


@kind
def read_packed(c: Client) -> Sent:
    return get(c.any, ("Accept-Encoding", "gzip"))


@kind
def read_a_version(c: Client) -> Sent:
    reference = c.rng.choice([c.any, *c.etags])
    return get(f"{reference}/_history/{c.rng.choice((c.version(reference), '1'))}")


@kind
def history_of_one(c: Client) -> Sent:
    asked = c.rng.choice(("", "?_count=1", "?_since=2026-05-03T09:20:00Z", "?_at=2026-05-03"))
    return get(f"{c.any}/_history{asked}")


@kind
def history_of_a_type(c: Client) -> Sent:
    asked = c.rng.choice(("", "?_count=2", "?_since=2026-05-03T09:25:00Z", "?_at=2026-05-03"))
    return get(f"{c.type}/_history{asked}")


@kind
def follow_a_link(c: Client) -> Sent:
    if not c.links:
        return get(f"Observation?{c.about()}&_count=1")
    return Sent("GET", c.rng.choice(c.links).removeprefix("http://gateway.test"))
