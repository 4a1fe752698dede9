"""The steps audit and verify: what an officer can prove afterwards."""

from __future__ import annotations

from gateway.audit.verdict import Whole
from gateway.audit.verify import verify_database
from gateway.cli.demo.calling import Json
from gateway.cli.demo.registering import OFFICER
from gateway.cli.demo.sharing import READER
from gateway.cli.demo.walk import Walk, counted, expect

SHOWN = "0"


def audit(walk: Walk) -> str:
    """The officer finds every look at what was shown, and the version of the consent behind it."""
    shown, refused = list[Json](), list[Json]()
    for reference in walk.shown:
        events = walk.callers[OFFICER].search("AuditEvent", entity=reference)
        mine = [one for one in events if _asker(one) == walk.accounts[READER].organization]
        reads = [one for one in mine if one["outcome"] == SHOWN]
        expect(len(reads) == 2, f"a search and a read of each should be logged, not {len(reads)}")
        expect(len(mine) > len(reads), "the refused read should be logged too")
        shown += reads
        refused += [one for one in mine if one not in reads]
    allowed, ended = (
        {_version(one, walk.given["id"]) for one in part} for part in (shown, refused)
    )
    expect(len(allowed) == 1 and "" not in allowed, "each look should name the consent's version")
    expect(len(ended) == 1 and not ended & allowed, "each refusal should name a later version")
    looks = f"{counted(len(shown), 'look')} and {counted(len(refused), 'refusal')}"
    return f"{looks} logged, each with the version of the consent that it was held against"


def verify(walk: Walk) -> str:
    """The whole log checks with the public key alone."""
    key = walk.home.audit_key.read_text(encoding="utf-8")
    verdict = verify_database(walk.home.file, key)
    expect(isinstance(verdict, Whole), "the log should be whole")
    assert isinstance(verdict, Whole)  # noqa: S101 - narrowed above
    expect(verdict.complete and bool(verdict.outside), "checked against the checkpoint file")
    return f"{verdict.entries} entries are whole, root {verdict.root.hex()[:16]}…"


def _asker(event: Json) -> str:
    who = [agent.get("who", {}).get("reference", "") for agent in event["agent"]]
    return next((one for one in who if one.startswith("Organization/")), "")


def _version(event: Json, consent: str) -> str:
    """The version of the consent that the event names, "" where it names none."""
    named = (entity.get("what", {}).get("reference", "") for entity in event["entity"])
    marks = (one.partition(f"Consent/{consent}/_history/")[2] for one in named)
    return next(filter(None, marks), "")
