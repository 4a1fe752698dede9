"""Who may decide for a person, as it is recorded now: for the person's pages."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.actions.answer import Answer
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.judging import organization_id
from gateway.actions.serving import Serving
from gateway.auth.requester import Requester
from gateway.storage import delegates, grounds, identities


@dataclass(frozen=True, slots=True)
class Deputy:
    """`identifier` is "system|value", as their portal signs them in; `called` their name."""

    record: str
    identifier: str
    called: str


class Deputies(Serving):
    """Who may decide for the person whom a token serves."""

    async def deputies_of(self, requester: Requester) -> tuple[Deputy, ...] | Answer:
        """Those whose records stand, each once, by name. The look leaves its row."""
        standing: dict[str, Deputy] = {}
        request = self._request(requester, "operation", "delegate/list")
        found = await self._seen(request, lambda gate: _found(gate, standing))
        answer = await self._record(request, found)
        if answer.status != 200:
            return answer
        return tuple(sorted(standing.values(), key=lambda one: one.called.casefold()))


def _found(gate: Gate, standing: dict[str, Deputy]) -> Found:
    patient = (gate.requester.patient or "").removeprefix("Patient/")
    mine = identities.owned(gate.connection, organization_id(gate.requester), [patient])
    persons = frozenset(identity.person for identity in mine.values())
    for person in persons:
        for record in delegates.of_person(gate.connection, person):
            if record.stands_at(gate.now):
                ground = grounds.opened(
                    gate.connection,
                    gate.installation.data_keys,
                    record.identity,
                    record.id,
                    record.sealed,
                )
                deputy = Deputy(record.id, ground.who, ground.called)
                standing.setdefault(record.subject, deputy)
    return Found(Answer(200, b""), tuple(f"Patient/{each}" for each in mine), (), persons)
