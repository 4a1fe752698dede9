"""A Bundle of interactions: a transaction stands or falls as one, a batch entry by entry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gateway.actions import batching, responding, transacting
from gateway.actions.addressing import Address
from gateway.actions.answer import Answer
from gateway.actions.found import Found
from gateway.actions.freshness import Known
from gateway.actions.interactions import Interactions
from gateway.actions.preferring import Return
from gateway.actions.receiving import received_bundle
from gateway.actions.recording import recorded
from gateway.actions.serving import LAST_MOMENT
from gateway.actions.transacting import WRITES
from gateway.actions.writing import TOO_LONG, Writing
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused

TOGETHER = 64  # entries of a batch under way at once: they share commits, and others get a turn


class Bundles(Interactions):
    """Transactions and batches."""

    async def transact(
        self, requester: Requester, body: bytes, prefer: Return | None = None
    ) -> Answer:
        """200 with a transaction-response, or every problem found and no change; 200 with a
        batch-response, whatever became of each entry."""
        until = time.monotonic() + self.limits.seconds * LAST_MOMENT
        request = self._request(requester, "transaction", "")
        bundle = await asyncio.to_thread(received_bundle, self.installation, body)
        if isinstance(bundle, Refused):
            return await self._refuse(request, *bundle.problems)
        if bundle["type"] == "batch":
            return await self._batch(requester, bundle, prefer, until)
        if bundle["type"] != "transaction":
            wrong = Problem(Kind.UNSUPPORTED, "must be transaction or batch", "Bundle.type")
            return await self._refuse(request, wrong)

        def job(writing: Writing) -> Answer | Refused:
            entries = transacting.transact(writing, bundle, prefer)
            return entries if isinstance(entries, Refused) else _responded("transaction", entries)

        request = request._replace(query=transacting.looked_at(bundle, f"{self.base_url}/fhir"))
        if transacting.only_reads(bundle):
            return await self._read_only(request, job)
        return await self._write(request, job)

    async def _batch(
        self, requester: Requester, bundle: dict[str, Any], prefer: Return | None, until: float
    ) -> Answer:
        """Each entry is an interaction of its own, with its own row in the log."""
        entries = batching.entries(bundle)
        if isinstance(entries, Refused) or not entries:
            return await self._nothing_in(requester, entries)
        done: list[dict[str, Any]] = []
        for several in _groups(entries):
            late = time.monotonic() > until
            done += await asyncio.gather(
                *(self._entry(requester, i, entry, prefer, late=late) for i, entry in several)
            )
        return _responded("batch", done)

    async def _nothing_in(self, requester: Requester, entries: list[Any] | Refused) -> Answer:
        request = self._request(requester, "batch", "")
        if isinstance(entries, Refused):
            return await self._refuse(request, *entries.problems)
        answer = _responded("batch", [])
        return await self._recorded(answer, recorded(request, Found(answer)))

    async def _entry(
        self, requester: Requester, index: int, entry: Any, prefer: Return | None, *, late: bool
    ) -> dict[str, Any]:
        address = batching.addressee(index, entry, f"{self.base_url}/fhir")
        if isinstance(address, Refused) or late:
            problems = address.problems if isinstance(address, Refused) else (TOO_LONG,)
            request = self._request(requester, "batch", "")
            return responding.entry(await self._refuse(request, *problems), None, written=False)
        answer = await self._sent_alone(requester, address, entry)
        return responding.entry(answer, prefer, written=entry["request"]["method"] in WRITES)

    async def _sent_alone(
        self, requester: Requester, address: Address, entry: dict[str, Any]
    ) -> Answer:
        """The entry as a request of its own would be answered."""
        request, type_ = entry["request"], address.type
        if_match = request.get("ifMatch")
        match request["method"]:
            case "POST":
                condition = request.get("ifNoneExist")
                return await self.create(requester, type_, encode(entry["resource"]), condition)
            case "PUT" if address.id is not None:
                body = encode(entry["resource"])
                return await self.update(requester, type_, address.id, body, if_match)
            case "PUT":
                body = encode(entry["resource"])
                return await self.update_where(requester, type_, address.query, body, if_match)
            case "DELETE":
                return await self.delete(requester, address, if_match)
        known = Known(request.get("ifNoneMatch"), request.get("ifModifiedSince"))
        answer = await self.look(requester, address, known=known)
        return replace(answer, body=b"") if request["method"] == "HEAD" else answer


def _responded(kind: str, entries: list[dict[str, Any]]) -> Answer:
    response = {"resourceType": "Bundle", "type": f"{kind}-response"}
    return Answer(200, encode(response | ({"entry": entries} if entries else {})))


def _groups(entries: list[Any]) -> Iterator[list[tuple[int, Any]]]:
    """Neighbouring entries that may be under way at once, with their places.

    One that asks the log is alone, so that it finds the rows of all before it and of none after.
    """
    group: list[tuple[int, Any]] = []
    for place, entry in enumerate(entries):
        alone = _asks_the_log(entry)
        if group and (alone or len(group) == TOGETHER):
            yield group
            group = []
        group.append((place, entry))
        if alone:
            yield group
            group = []
    if group:
        yield group


def _asks_the_log(entry: Any) -> bool:
    """Whether an entry, which nobody has checked yet, may be answered from the log."""
    request = entry.get("request") if isinstance(entry, dict) else None
    return isinstance(request, dict) and "AuditEvent" in str(request.get("url"))
