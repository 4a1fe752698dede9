"""The running gateway: every interaction, for the routes and for the pages alike.

Whatever a request comes to, exactly one audit row is durable before its answer leaves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from gateway.actions import audit_events, creating, logged, looking, steps, transacting, updating
from gateway.actions.answer import Answer, refused
from gateway.actions.failing import failed
from gateway.actions.founding import PORTAL_ODS
from gateway.actions.gate import Gate
from gateway.actions.installation import Installation, Limits
from gateway.actions.looking import Found, of_one, version_headers
from gateway.actions.receiving import received
from gateway.actions.recording import Request, recorded
from gateway.actions.releasing import Released
from gateway.actions.store import Store
from gateway.actions.writing import Writing
from gateway.audit.entry import Recorded
from gateway.audit.verdict import Broken, Whole
from gateway.auth.requester import Requester, Role
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.types import PERSONAL
from gateway.keys import Keys
from gateway.storage.connection import STORAGE_ERRORS, Connection
from gateway.storage.reading import Reading
from gateway.storage.resources import Row
from gateway.storage.writer import Written

LAST_MOMENT = 0.9  # of the time a request has: what is not done by then is given up and recorded
LARGE = 64 * 1024  # bytes that take longer to check than a hop to a thread: others need not wait
SCOPE = "the token's scopes do not allow this"
OFFICER = "https://onestory.example/fhir/Id/officer"
NO_AUDIT = Problem(Kind.NO_AUDIT, "Nothing can be released while nothing can be recorded.")


class Gateway:
    """One installation, served. Its attributes are what tokens and pages need of it."""

    def __init__(self, installation: Installation, store: Store) -> None:
        self.installation = installation
        self._store = store

    @property
    def keys(self) -> Keys:
        return self.installation.keys

    @property
    def reading(self) -> Reading:
        return self.installation.reading

    @property
    def writer(self) -> Any:
        return self.installation.writer

    @property
    def clock(self) -> Callable[[], datetime]:
        return self.installation.clock

    @property
    def new_id(self) -> Callable[[], str]:
        return self.installation.new_id

    @property
    def base_url(self) -> str:
        return self.installation.base_url

    @property
    def limits(self) -> Limits:
        return self.installation.limits

    async def read(self, requester: Requester, type_: str, id_: str) -> Answer:
        """One resource as the requester may have it."""
        request = self._request(requester, "read", logged.about(type_, id_))
        if not requester.may("r", type_):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, type_))
        if type_ == "AuditEvent":
            found = await self._seen(request, lambda gate: audit_events.read(gate, id_))
        else:
            found = await self._seen(request, lambda gate: looking.read(gate, type_, id_))
        return await self._record(request, type_, found)

    async def search(
        self,
        requester: Requester,
        type_: str,
        query: Sequence[tuple[str, str]],
        *,
        lenient: bool = False,
    ) -> Answer:
        """A searchset of what is asked for and may be seen."""
        request = self._request(requester, "search-type", logged.query(type_, query))
        if not requester.may("s", type_):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, type_))
        if type_ == "AuditEvent":
            found = await self._seen(request, lambda gate: audit_events.search(gate, query))
        else:
            found = await self._seen(
                request, lambda gate: looking.search(gate, type_, query, lenient=lenient)
            )
        return await self._record(request, type_, found)

    async def create(
        self,
        requester: Requester,
        type_: str,
        body: bytes,
        if_none_exist: str | None = None,
    ) -> Answer:
        """201 with what was stored; 200 with what a condition found."""
        request = self._request(requester, "create", type_)
        resource = await self._received(requester, "c", type_, body)
        if isinstance(resource, Refused):
            return await self._refuse(request, *resource.problems)

        def job(writing: Writing) -> Answer | Refused:
            matched = steps.conditional(writing, type_, if_none_exist)
            if isinstance(matched, Refused):
                return matched
            if matched is not None:
                return self._located(writing.whole(matched), 200)
            stored = creating.create(writing, resource | {"id": self.new_id()})
            if isinstance(stored, Refused):
                return stored
            assert isinstance(stored, Row)  # noqa: S101 - narrowed above
            return self._located(writing.whole(stored), 201)

        return await self._write(request, job)

    async def update(
        self, requester: Requester, type_: str, id_: str, body: bytes, if_match: str | None
    ) -> Answer:
        """200 with the new version as the writer sees it."""
        request = self._request(requester, "update", logged.about(type_, id_))
        resource = await self._received(requester, "u", type_, body)
        if isinstance(resource, Refused):
            return await self._refuse(request, *resource.problems)
        if resource.get("id") != id_:
            wrong = Problem(Kind.VALUE, "must be the id that the address names", f"{type_}.id")
            return await self._refuse(request, wrong)

        def job(writing: Writing) -> Answer | Refused:
            changed = updating.update(writing, resource, if_match)
            return changed if isinstance(changed, Refused) else of_one(changed, 200)

        return await self._write(request, job)

    async def transact(self, requester: Requester, body: bytes) -> Answer:
        """200 with a transaction-response, or every problem found and no change."""
        request = self._request(requester, "transaction", "")
        bundle = await asyncio.to_thread(received, self.installation, body, "Bundle")
        if isinstance(bundle, Refused):
            return await self._refuse(request, *bundle.problems)
        if bundle["type"] != "transaction":
            wrong = Problem(Kind.UNSUPPORTED, "must be transaction", "Bundle.type")
            return await self._refuse(request, wrong)

        def job(writing: Writing) -> Answer | Refused:
            entries = transacting.transact(writing, bundle)
            if isinstance(entries, Refused):
                return entries
            response = {"resourceType": "Bundle", "type": "transaction-response"}
            return Answer(200, encode(response | ({"entry": entries} if entries else {})))

        return await self._write(request, job)

    async def refuse(self, requester: Requester, interaction: str, problem: Problem) -> Answer:
        """A refusal that no action came to, recorded like any other."""
        return await self._refuse(self._request(requester, interaction, ""), problem)

    def close(self) -> None:
        """Let what was accepted become durable, and end."""
        self._store.close()

    async def verify_log(self) -> Whole | Broken:
        """Whether the log is whole, checked from the stored rows with the public key alone."""
        key = self.keys.signer.verifier.text()
        return await asyncio.to_thread(self._store.verify, key)

    def built_in_portal(self) -> str:
        """The organisation that the pages write as."""
        return f"Organization/{self.installation.portal}"

    def page_requester(self, patient: str) -> Requester:
        """The person who signed in to the pages, as a requester like any other."""
        return self._built_in(Role.PORTAL, "PATRQT", patient=patient)

    def officer_requester(self, name: str) -> Requester:
        """The officer who signed in to the pages."""
        return self._built_in(Role.OFFICER, "HCOMPL", name=name)

    def _built_in(
        self, role: Role, purpose: str, patient: str | None = None, name: str | None = None
    ) -> Requester:
        return Requester(
            client="pages",
            organization=self.built_in_portal(),
            ods=PORTAL_ODS,
            role=role,
            purpose=purpose,
            scopes=frozenset({"system/*.cruds"}),
            token="",
            practitioner=None if name is None else f"{OFFICER}|{name}",
            practitioner_name=name,
            patient=patient,
        )

    def _request(self, requester: Requester, interaction: str, query: str) -> Request:
        return Request(requester, interaction, query, self.clock(), self.new_id())

    async def _received(
        self, requester: Requester, letter: str, type_: str, body: bytes
    ) -> dict[str, Any] | Refused:
        if not requester.may(letter, type_):
            return Refused((Problem(Kind.FORBIDDEN, SCOPE, type_),))
        if len(body) > LARGE:
            return await asyncio.to_thread(received, self.installation, body, type_)
        return received(self.installation, body, type_)

    def _located(self, seen: Released, status: int) -> Answer:
        where = f"{self.base_url}/fhir/{seen.reference}/_history/{seen.version}"
        return Answer(status, seen.body, {"Location": where} | version_headers(seen))

    async def _seen(self, request: Request, look: Callable[[Gate], Found]) -> Found:
        """What one look finds in one snapshot."""

        def seen(connection: Connection) -> Found:
            asker, now = request.requester, request.now
            return look(Gate(self.installation, connection, asker, now, committed=True))

        try:
            return await self.reading.look(seen)
        except Exception as error:
            return Found(failed(error, request.id))

    async def _record(self, request: Request, type_: str, found: Found) -> Answer:
        if type_ not in PERSONAL:
            return found.answer
        row = recorded(
            request,
            found.answer,
            entities=found.entities,
            consents=found.consents,
            persons=found.persons,
            policy=self.installation.policy.version,
        )
        return await self._recorded(found.answer, row)

    async def _refuse(self, request: Request, *problems: Problem) -> Answer:
        answer = refused(*problems)
        row = recorded(request, answer)
        return await self._recorded(answer, row)

    async def _write(self, request: Request, job: Callable[[Writing], Answer | Refused]) -> Answer:
        until = time.monotonic() + self.limits.seconds * LAST_MOMENT

        def in_the_group(connection: Connection) -> Written:
            writing = Writing(self.installation, connection, request.requester, request.now)
            writing.until = until
            answer = _outcome(job, writing)
            row = recorded(
                request,
                answer,
                entities=dict.fromkeys(writing.entities),
                consents=dict.fromkeys(writing.consents),
                persons=writing.persons,
                policy=self.installation.policy.version,
            )
            return Written(answer, row, keep=answer.status < 400)

        return await self._durable(in_the_group)

    async def _recorded(self, answer: Answer, row: Recorded) -> Answer:
        """The answer once its row is durable; 503 where it cannot be."""
        try:
            await self.installation.recorder.record(row)
        except STORAGE_ERRORS:
            return refused(NO_AUDIT)
        return answer

    async def _durable(self, job: Callable[[Connection], Written]) -> Answer:
        """The job's answer once its row is durable; 503 where it cannot be."""
        try:
            answer: Answer = await self.writer.submit(job)
        except STORAGE_ERRORS:
            return refused(NO_AUDIT)
        return answer


def _outcome(job: Callable[[Writing], Answer | Refused], writing: Writing) -> Answer:
    """What the job comes to; a bug in it is an answer too, so that it leaves its row."""
    try:
        outcome = job(writing)
    except STORAGE_ERRORS:
        raise  # then nothing can be recorded either
    except Exception as error:
        return failed(error)
    return refused(*outcome.problems) if isinstance(outcome, Refused) else outcome
