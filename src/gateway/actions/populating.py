"""Questionnaire/$populate: what a person has told already, filled in, so that nobody asks twice.

Their responses are found through the gate, as a search would find them, and what is known is
chosen from those alone, so that nothing of what is withheld can show in it. A form is filled in
together with the person: what their own reading leaves out is not in it. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.actions import logged, looking, remembering
from gateway.actions.answer import Answer, refused
from gateway.actions.asking.people import People
from gateway.actions.finding import Finding, Seen
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.populating_asked import NOT_HELD, Asked, asked, held_as
from gateway.actions.populating_labels import labels
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.actions.story_left_out import LeftOut
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, operation_outcome
from gateway.storage.searching import Criteria
from mappings import recall
from mappings.instrument import Instrument
from mappings.populating import TYPE, populated, response

NAME = "$populate"
ANEW = "is not filled in: it is asked each time, as it is about how the person is today"
TODAY = "only what was told today is filled in: the period that it asks about is today, or not held"
Json = dict[str, Any]


class Populating(Serving):
    """The operation $populate, of the type and of an instance."""

    async def populate(self, requester: Requester, body: bytes) -> Answer:
        """200 with the response, and what is left to be asked; 404 for a Patient that is not the
        requester's own; 422 for a Questionnaire that is not of an instrument held here."""
        return await self._populated(requester, f"Questionnaire/{NAME}", body)

    async def populate_from(self, requester: Requester, id_: str, body: bytes) -> Answer:
        """The same for the Questionnaire that the address names."""
        instrument = held_as(id_)
        if instrument is not None:
            about = f"Questionnaire/{instrument.id}/{NAME}"
            return await self._populated(requester, about, body, instrument)
        about = f"{logged.about('Questionnaire', id_)}/{NAME}"
        request = self._request(requester, "operation", about)
        if not requester.may("r", "Questionnaire"):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, "Questionnaire"))
        return await self._record(request, await self._seen(request, lambda g: _not_ours(g, id_)))

    async def _populated(
        self, requester: Requester, about: str, body: bytes, instrument: Instrument | None = None
    ) -> Answer:
        request = self._request(requester, "operation", about)
        for type_ in ("Patient", TYPE):
            if not requester.may("r", type_):
                return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, type_))
        question = asked(self.installation, body, instrument)
        if isinstance(question, Refused):
            return await self._refuse(request, *question.problems)
        found = await self._seen(request, lambda gate: _found(gate, question), long=True)
        return await self._record(request, found)


def _not_ours(gate: Gate, id_: str) -> Found:
    """A Questionnaire of somebody else's: 422; none: as when it is read."""
    read = looking.read(gate, "Questionnaire", id_)
    if read.answer.status != 200:
        return read
    return Found(refused(Problem(Kind.RULE, NOT_HELD, "Questionnaire.url")), read.entities)


def _found(gate: Gate, question: Asked) -> Found:
    patient = remembering.current(gate, "Patient", question.patient)
    mine = patient.answer.about
    if mine is None:
        return patient
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    held = {one.reference: one.tree for one in _responses(finding, mine.reference)}
    told = populated(question.instrument, held.values(), gate.now)
    used = tuple(dict.fromkeys(one.response for one in told))
    made = response(question.instrument, told, mine.reference)
    if used:
        rules = gate.installation.resources.labelling.rules
        made["meta"] = {"security": labels(made, (held[one] for one in used), rules)}
    consents = tuple(dict.fromkeys((*patient.consents, *finding.consents)))
    persons = patient.persons | finding.persons
    answer = Answer(200, encode(_parameters(made, question.instrument)))
    return Found(answer, used, consents, persons)  # of the Patient itself nothing is told


def _responses(finding: Finding, patient: str) -> Iterator[Seen]:
    """What is held that the person has told, or that was told about them."""
    identities = tuple(sorted(finding.people.meant([patient.removeprefix("Patient/")])))
    seen = finding.seen(Criteria(TYPE, identities, anywhere=True))
    own = finding.people.spoken_of([patient])
    for one in LeftOut(finding.gate, patient).rest(seen):
        if (one.tree.get("subject") or {}).get("reference") in own:
            yield one


def _parameters(made: Json, instrument: Instrument) -> Json:
    given: list[Json] = [{"name": "response", "resource": made}]
    problems = list(_issues(instrument))
    if problems:
        given.append({"name": "issues", "resource": operation_outcome(problems)})
    return {"resourceType": "Parameters", "parameter": given}


def _issues(instrument: Instrument) -> Iterator[Problem]:
    """What is left to be asked, whoever it is about."""
    anew = [one for one in instrument.items if one.link_id in recall.asked_anew()]
    for item in anew:
        yield _said(ANEW, f"Questionnaire.item.where(linkId='{item.link_id}')")
    others = [one for one in instrument.items if one not in anew]
    if others and not any(recall.days(instrument.id, one.link_id) for one in others):
        yield _said(TODAY, "Questionnaire")


def _said(words: str, where: str) -> Problem:
    return Problem(Kind.NOTED, words, where, severity="information")
