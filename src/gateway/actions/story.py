"""Patient/[id]/$story: what the requester may see of a person, told in reading order.

Everything is found through the gate, as a search would find it; the story is assembled from what
is released alone, so that nothing of what is withheld can show in it. Document, page and part of a
page are made of one assembled story, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from hashlib import blake2b
from typing import Any, assert_never
from uuid import UUID

from gateway.actions import logged, remembering
from gateway.actions.answer import Answer
from gateway.actions.asking.parts import Part
from gateway.actions.asking.people import People
from gateway.actions.finding import Finding
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.releasing import Released, tree
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.actions.story_held import held
from gateway.actions.story_names import names_of
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem
from gateway.storage.times import instant, microseconds
from mappings import story_html
from mappings.moments import LONDON
from mappings.story import assemble
from mappings.story_document import DOCUMENT, composition
from mappings.story_value import Story

NAME = "$story"
HTML = {"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff"}
_IGNORED = ("_format", "_pretty")

Query = Sequence[tuple[str, str]]


class Form(Enum):
    """How a story is given: as a FHIR document, as a page of its own, or to stand in a page."""

    DOCUMENT = "document"
    PAGE = "page"
    PART = "part"


class Storytelling(Serving):
    """The operation $story, of one Patient."""

    async def story(
        self, requester: Requester, id_: str, query: Query = (), form: Form = Form.DOCUMENT
    ) -> Answer:
        """200 with the story as the requester may see it; 404 for a Patient that is not the
        requester's own."""
        asked = f"{logged.about('Patient', id_)}/{NAME}"
        request = self._request(requester, "operation", asked)
        if not requester.may("r", "Patient"):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, "Patient"))
        words = "is not asked of $story; that knows _format alone"
        wrong = [name for name, _ in query if name not in _IGNORED]
        problems = [Problem(Kind.UNSUPPORTED, words, name[:64]) for name in wrong]
        if problems:
            return await self._refuse(request, *problems)
        found = await self._seen(request, lambda gate: _found(gate, id_, form), long=True)
        return await self._record(request, found)


def _found(gate: Gate, id_: str, form: Form) -> Found:
    patient = remembering.current(gate, "Patient", id_)
    mine = patient.answer.about
    if mine is None:
        return patient
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    all_held = held(finding, mine.reference)
    resources = [one.tree for one in (*all_held.drawn, *all_held.beside)]
    names = names_of(gate, (*all_held.drawn, *all_held.beside))
    today, emergency = gate.now.astimezone(LONDON).date(), gate.requester.in_emergency
    story = assemble(resources, tree(mine.body), names, today, emergency=emergency)
    references = (one for section in story.sections for one in section.references)
    told = [one.released for one in all_held.told(references)]
    entries = [mine, *_author(finding, told), *told]
    answer = _answer(gate, story, entries, form)
    named = tuple(one.reference for one in entries[1:])
    consents = tuple(dict.fromkeys((*patient.consents, *finding.consents)))
    return Found(answer, (*patient.entities, *named), consents, patient.persons | finding.persons)


def _author(finding: Finding, told: Sequence[Released]) -> list[Released]:
    """The gateway's own organisation, which tells the story, where it may be read."""
    own = _own(finding.gate)
    if own in {one.reference for one in told} or not finding.gate.requester.may(
        "r", "Organization"
    ):
        return []
    return [one.released for one in finding.named("Organization", frozenset({own}), Part())]


def _own(gate: Gate) -> str:
    return f"Organization/{gate.installation.portal}"


def _answer(gate: Gate, story: Story, entries: Sequence[Released], form: Form) -> Answer:
    match form:
        case Form.DOCUMENT:
            return Answer(200, _document(gate, story, entries))
        case Form.PAGE:
            policy = {"Content-Security-Policy": story_html.policy()}
            return Answer(200, story_html.page(story).encode(), HTML | policy)
        case Form.PART:
            return Answer(200, story_html.article(story).encode(), dict(HTML))
        case _:
            assert_never(form)


def _document(gate: Gate, story: Story, entries: Sequence[Released]) -> bytes:
    """The Bundle: the Composition, and the bytes that are released."""
    at, own = instant(microseconds(gate.now)), _own_id(gate, entries)
    author: dict[str, Any] = {"reference": _own(gate), "display": "One Story"}
    subject = entries[0].reference
    first = composition(story, id_=own, subject=subject, author=author, date=at)
    head = {
        "resourceType": "Bundle",
        "meta": {"profile": [DOCUMENT]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{own}"},
        "type": "document",
        "timestamp": at,
    }
    base = f"{gate.installation.base_url}/fhir/".encode()
    bodies = [(f"Composition/{own}", encode(first)), *((e.reference, e.body) for e in entries)]
    listed = (
        b'{"fullUrl":"%s%s","resource":%s}' % (base, name.encode(), body) for name, body in bodies
    )
    return encode(head)[:-1] + b',"entry":[' + b",".join(listed) + b"]}"


def _own_id(gate: Gate, entries: Sequence[Released]) -> str:
    """A UUID made of who asks, when, and what is released: of nothing else that is held."""
    key = gate.installation.keys.version
    digest = blake2b(digest_size=16, key=key, person=b"story")
    digest.update(f"{gate.requester.organization}\0{microseconds(gate.now)}".encode())
    for one in entries:
        digest.update(b"\0" + one.body)
    return str(UUID(bytes=digest.digest(), version=4))
