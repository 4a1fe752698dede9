"""The steps refer, consent, read, revoke and refuse: who may see what, and when no longer."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import httpx

from gateway import keys
from gateway.cli.demo.calling import Caller, Json
from gateway.cli.demo.loading import patient
from gateway.cli.demo.registering import PORTAL
from gateway.cli.demo.sending import enclose, mapped
from gateway.cli.demo.walk import Walk, counted, expect
from gateway.web.me.choices import Choice, as_consent, taken_back
from gateway.web.services import Service
from gateway.web.session import Door
from gateway.web.signing_in import link

WRITER, READER = "trust", "drugs"
REFERRED, CHOOSER = "amara", "margaret"
ALCOHOL = {"ETHUD"}
VARYING = ("date", "x-request-id")


def refer(walk: Walk) -> str:
    """A referral with the sender's attestation arrives with what it lists, and no more."""
    sender, receiver = walk.callers[WRITER], walk.callers[READER]
    person = walk.story.person(REFERRED)
    (service,) = [one for one in walk.story.services if one.key == WRITER]
    (file,) = [one for one in service.sends if one.kind == "referral"]
    (bundle,) = mapped(file.kind, file.path, walk.home.path / "referrals.ndjson")
    enclose(sender, bundle)
    sender.transact(bundle)
    (task,) = receiver.search("Task", owner=receiver.account.organization)
    request = receiver.read(task["focus"]["reference"])
    listed = {one["reference"] for one in request["supportingInfo"]}
    theirs = walk.patient_at(READER, person)
    expect(task["for"]["reference"] == theirs, "the Task should name the receiver's own Patient")
    expect(set(walk.held(READER, person)) == listed, "exactly what the referral lists")
    kept = walk.held(WRITER, person).keys() - listed
    expect(all(receiver.get(one).status_code == 404 for one in kept), "nothing else")
    return f"found by Task?owner with {len(listed)} listed; {len(kept)} more stay out of sight"


def consent(walk: Walk) -> str:
    """The person says yes through the portal, and finds their own words on their page."""
    person = walk.story.person(CHOOSER)
    walk.callers[READER].create(patient(person))
    expect(not walk.held(READER, person), "nothing should be found before the person says yes")
    mine = f"Patient/{walk.callers[PORTAL].create(patient(person))['id']}"
    walk.portal = walk.closing.enter_context(Caller(walk.base, walk.accounts[PORTAL], mine))
    reader = walk.accounts[READER]
    name = next(one.name for one in walk.story.services if one.key == READER)
    service = Service(reader.organization, name, reader.ods)
    choice = Choice(service, True, ("alcohol",), None)
    walk.given = walk.portal.create(as_consent(choice, mine, datetime.now(UTC)))
    expect(choice.sentence in _page(walk, mine), "the choice should be on the person's page")
    return f"“{choice.sentence}” is what the person reads at /me"


def read(walk: Walk) -> str:
    """The other service gets exactly what was said, named by its own Patient, and nothing more."""
    person, reader = walk.story.person(CHOOSER), walk.callers[READER]
    everything = walk.held(WRITER, person)
    meant = {reference for reference, one in everything.items() if _topics(one) == ALCOHOL}
    expect(0 < len(meant) < len(everything), "something to show and something to keep back")
    walk.shown = sorted(meant)
    expect(set(walk.held(READER, person)) == meant, "exactly what is about alcohol alone")
    hidden = everything.keys() - meant
    expect(all(reader.get(one).status_code == 404 for one in hidden), "nothing else is readable")
    theirs = walk.patient_at(READER, person)
    for reference in walk.shown:
        named = _patients(reader.read(reference))
        expect(named == {theirs}, "only the reader's own Patient should be named")
        unseen = walk.callers["housing"].get(reference).status_code
        expect(unseen == 404, "a third service should find nothing")
    return f"{len(meant)} of {counted(len(everything), 'resource')} seen, {len(hidden)} unseen"


def revoke(walk: Walk) -> str:
    """The person takes it back, against the version they were shown."""
    assert walk.portal is not None  # noqa: S101 - an earlier step gave consent through it
    ended = walk.portal.update(taken_back(walk.given))
    expect(ended["status"] == "inactive", "the Consent should be inactive")
    return "the Consent is inactive, and stays on the record"


def refuse(walk: Walk) -> str:
    """The next read answers, byte for byte, as one of a made-up id; searches find nothing."""
    reader = walk.callers[READER]
    for reference in walk.shown:
        made_up = f"{reference.partition('/')[0]}/{uuid.uuid4()}"
        asked, never = reader.get(reference), reader.get(made_up)
        expect(asked.status_code == 404, "a read should be 404")
        expect(_face(asked) == _face(never), "the same bytes as for what never existed")
    person = walk.story.person(CHOOSER)
    expect(not walk.held(READER, person), "a search should find nothing")
    expect(len(walk.held(WRITER, person)) > len(walk.shown), "the writer keeps what it wrote")
    return f"{len(walk.shown)} reads are 404, byte for byte as for made-up ids"


def _topics(resource: Json) -> set[str]:
    """Its labels without the level."""
    codes = {label["code"] for label in resource.get("meta", {}).get("security", [])}
    return codes - set("ULMNRV")


def _page(walk: Walk, mine: str) -> str:
    """The person's page, after signing in by a link as the demo prints it."""
    key = keys.load(walk.home.keys).session
    with httpx.Client(base_url=walk.base, follow_redirects=True, timeout=30) as browser:
        address = link(key, Door.ME, mine, datetime.now(UTC), walk.base)
        signed_in = browser.post("/sign-in", data={"proof": address.rpartition("/")[2]})
        return signed_in.text


def _patients(node: Any) -> set[str]:
    """Every reference to a Patient, however deep."""
    match node:
        case {"reference": str(found)} if found.startswith("Patient/"):
            return {found}
        case dict():
            return set().union(*map(_patients, node.values()))
        case list():
            return set().union(*map(_patients, node))
        case _:
            return set()


def _face(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that a client sees but the date and the id of the request."""
    headers = [(name, value) for name, value in answer.headers.multi_items()]
    return answer.status_code, [one for one in headers if one[0] not in VARYING], answer.content
