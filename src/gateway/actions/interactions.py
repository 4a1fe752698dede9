"""Every interaction with one resource, one version, one history, one type."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.actions import (
    conditions,
    creating,
    deleting,
    logged,
    patching,
    plans_written,
    served,
    steps,
    updating,
)
from gateway.actions.addressing import Address
from gateway.actions.answer import Answer, of_one, refused
from gateway.actions.freshness import NOTHING, Known
from gateway.actions.looking import ABSENT
from gateway.actions.preferring import Return, returned
from gateway.actions.releasing import Released
from gateway.actions.serving import LARGE, Serving
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.types import HELD
from gateway.storage.resources import Row

Query = Sequence[tuple[str, str]]


class Interactions(Serving):
    """What FHIR's REST calls interactions. Each leaves one row, whatever it comes to."""

    async def read(
        self, requester: Requester, type_: str, id_: str, known: Known = NOTHING
    ) -> Answer:
        """One resource as the requester may have it; 304 where they have it already."""
        return await self.look(requester, Address(type_, id_), known=known)

    async def search(
        self, requester: Requester, type_: str, query: Query, *, lenient: bool = False
    ) -> Answer:
        """A searchset of what is asked for and may be seen."""
        return await self.look(requester, Address(type_, query=tuple(query)), lenient=lenient)

    async def look(
        self,
        requester: Requester,
        address: Address,
        *,
        lenient: bool = False,
        known: Known = NOTHING,
    ) -> Answer:
        """What an address names, as the requester may have it."""
        if address.type not in HELD:
            return refused(served.NO_SUCH_TYPE)
        interaction = served.reading(address)
        request = self._request(requester, interaction.name, served.as_logged(address))
        problem = served.refusal(requester, interaction, address.type)
        if problem is not None:
            return await self._refuse(request, problem)
        found = await self._seen(
            request,
            lambda gate: served.look(gate, address, lenient=lenient),
            long=served.may_take_long(address),
            key=(requester.asks_as, address, lenient) if _may_be_kept(requester, address) else None,
        )
        found = known.fresh(found)
        if not served.reaches_people(address):
            return found.answer
        return await self._record(request, found)

    async def create(
        self,
        requester: Requester,
        type_: str,
        body: bytes,
        if_none_exist: str | None = None,
        prefer: Return | None = None,
    ) -> Answer:
        """201 with what was stored; 200 with what a condition found."""
        request = self._request(requester, "create", type_)
        resource = await self._sent(requester, served.CREATE, type_, body)
        if isinstance(resource, Refused):
            return await self._refuse(request, *resource.problems)

        def job(writing: Writing) -> Answer | Refused:
            matched = steps.conditional(writing, type_, if_none_exist)
            if isinstance(matched, Refused):
                return matched
            if matched is not None:
                return returned(self._located(writing.whole(matched), 200), prefer)
            return self._created(writing, resource, prefer)

        return await self._write(request, job)

    async def update(
        self,
        requester: Requester,
        type_: str,
        id_: str,
        body: bytes,
        if_match: str | None,
        prefer: Return | None = None,
    ) -> Answer:
        """200 with the new version as the writer sees it."""
        request = self._request(requester, "update", logged.about(type_, id_))
        resource = await self._sent(requester, served.UPDATE, type_, body)
        if isinstance(resource, Refused):
            return await self._refuse(request, *resource.problems)
        if resource.get("id") != id_:
            wrong = Problem(Kind.VALUE, "must be the id that the address names", f"{type_}.id")
            return await self._refuse(request, wrong)

        def job(writing: Writing) -> Answer | Refused:
            changed = updating.update(writing, resource, if_match)
            return _changed(changed, prefer, writing)

        return await self._write(request, job)

    async def update_where(
        self,
        requester: Requester,
        type_: str,
        query: Query,
        body: bytes,
        if_match: str | None = None,
        prefer: Return | None = None,
    ) -> Answer:
        """The one match updated, or the resource created (201) where there is none."""
        request = self._request(requester, "update", logged.query(type_, query))
        resource = await self._sent(requester, served.UPDATE, type_, body)
        if isinstance(resource, Refused):
            return await self._refuse(request, *resource.problems)

        def job(writing: Writing) -> Answer | Refused:
            found = conditions.matched(writing, type_, query, "")
            if isinstance(found, Refused):
                return found
            sent = resource.get("id")
            if found is None and (sent is not None or if_match is not None):
                return Refused((ABSENT,))  # no update creates under an id of the client's
            if found is None:
                no = served.refusal(requester, served.CREATE, type_)
                return Refused((no,)) if no else self._created(writing, resource, prefer)
            if sent not in (None, found.id):
                return refuse(Kind.VALUE, steps.ANOTHER_ID, f"{type_}.id")
            changed = updating.update(writing, resource | {"id": found.id}, if_match)
            return _changed(changed, prefer, writing)

        return await self._write(request, job)

    async def patch(
        self,
        requester: Requester,
        address: Address,
        body: bytes,
        if_match: str | None = None,
        prefer: Return | None = None,
    ) -> Answer:
        """A JSON Patch on the resource, or on the one that a condition means."""
        request = self._request(requester, "patch", served.as_logged(address))
        problem = served.refusal(requester, served.PATCH, address.type)
        if problem is not None:
            return await self._refuse(request, problem)
        changes = await self._operations(body)
        if isinstance(changes, Refused):
            return await self._refuse(request, *changes.problems)

        def job(writing: Writing) -> Answer | Refused:
            id_ = _meant(writing, address)
            if isinstance(id_, Refused):
                return id_
            if id_ is None:
                return Refused((ABSENT,))
            changed = patching.patch(writing, address.type, id_, changes, if_match)
            return _changed(changed, prefer, writing)

        return await self._write(request, job)

    async def delete(
        self,
        requester: Requester,
        address: Address,
        if_match: str | None = None,
        prefer: Return | None = None,
    ) -> Answer:
        """204; also where a condition means nothing, for then nothing is left to delete."""
        request = self._request(requester, "delete", served.as_logged(address))
        problem = served.refusal(requester, served.DELETE, address.type)
        if problem is not None:
            return await self._refuse(request, problem)

        def job(writing: Writing) -> Answer | Refused:
            id_ = _meant(writing, address)
            if isinstance(id_, Refused):
                return id_
            if id_ is not None:
                gone = deleting.delete(writing, address.type, id_, if_match)
                if isinstance(gone, Refused):
                    return gone
            return returned(Answer(204, b""), prefer)

        return await self._write(request, job)

    async def _operations(self, body: bytes) -> list[Any] | Refused:
        if len(body) > LARGE:
            return await asyncio.to_thread(patching.operations, self.installation, body)
        return patching.operations(self.installation, body)

    async def _sent(
        self, requester: Requester, interaction: served.Interaction, type_: str, body: bytes
    ) -> dict[str, Any] | Refused:
        problem = served.refusal(requester, interaction, type_)
        return Refused((problem,)) if problem else await self._received(body, type_)

    def _created(
        self, writing: Writing, resource: dict[str, Any], prefer: Return | None
    ) -> Answer | Refused:
        stored = creating.create(writing, resource | {"id": self.new_id()})
        if isinstance(stored, Refused):
            return stored
        wrong = plans_written.settled(writing)
        if wrong is not None:
            return wrong
        return returned(self._located(writing.whole(stored), 201), prefer, writing.notes)

    def _located(self, seen: Released, status: int) -> Answer:
        answer = of_one(seen, status)
        where = f"{self.base_url}/fhir/{seen.reference}/_history/{seen.version}"
        answer.headers["Location"] = where
        return answer


def _changed(
    changed: Released | Refused, prefer: Return | None, writing: Writing
) -> Answer | Refused:
    if isinstance(changed, Refused):
        return changed
    wrong = plans_written.settled(writing)
    if wrong is not None:
        return wrong
    return returned(of_one(changed, 200), prefer, writing.notes)


def _may_be_kept(requester: Requester, address: Address) -> bool:
    return not requester.in_emergency and served.may_be_kept(address)


def _meant(writing: Writing, address: Address) -> str | Refused | None:
    """The id that an address names, or that its condition means; None where it means nothing."""
    if address.id is not None:
        return address.id
    found = conditions.matched(writing, address.type, address.query, "")
    return found.id if isinstance(found, Row) else found
