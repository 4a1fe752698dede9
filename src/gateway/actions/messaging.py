"""$process-message: a BaRS message Bundle does here what the same referral by transaction does.

One transaction and one row of the log, by the same rules: the transaction that the message becomes
is carried out as if it had been sent, and an answer to a referral moves its Task as if it had been
put. A message that was taken before is not acted on again, and gets the same answer.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, assert_never

from gateway.actions import (
    messaging_answers,
    messaging_known,
    messaging_moves,
    served,
    transacting,
)
from gateway.actions.answer import Answer
from gateway.actions.installation import Installation
from gateway.actions.messaging_answers import Told
from gateway.actions.preferring import Return
from gateway.actions.receiving import parsed, received_bundle
from gateway.actions.serving import Serving
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester, Role
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, operation_outcome, refuse
from mappings import bars_in, bars_sending, parties
from mappings.bars import HEADER, Message, Wish, error, word
from mappings.bars_sending import Made
from mappings.verdict import Fault, Unmappable

NAME = "$process-message"
SERVICES_ONLY = Problem(Kind.FORBIDDEN, "is sent by a service", "Bundle")
NO_BUNDLE = "must be Bundle: the message is the body itself"
NOT_LATER = "must be false: a message is answered at once"
_IGNORED = ("_format", "_pretty")
_NEEDED = {
    Wish.NEW: (served.CREATE, "Task"),
    Wish.UPDATE: (served.UPDATE, "ServiceRequest"),
    Wish.CANCEL: (served.UPDATE, "Task"),
    Wish.ANSWER: (served.UPDATE, "Task"),
}
Json = dict[str, Any]
Query = Sequence[tuple[str, str]]


class Messaging(Serving):
    """The operation $process-message, of the system."""

    async def process_message(self, requester: Requester, body: bytes, query: Query) -> Answer:
        """200 with the message that answers; or every problem found, and nothing stored."""
        answer = await self._processed(requester, body, query)
        return _in_its_words(answer) if answer.problems else answer

    async def _processed(self, requester: Requester, body: bytes, query: Query) -> Answer:
        request = self._request(requester, "operation", NAME)
        problems = [SERVICES_ONLY] if requester.role is not Role.SERVICE else [*_unasked(query)]
        if problems:
            return await self._refuse(request, *problems)
        taken = await asyncio.to_thread(_received, self.installation, body)
        if isinstance(taken, Refused):
            return await self._refuse(request, *taken.problems)
        message, content = taken
        return await self._write(request, lambda writing: _taken(writing, message, content))


def _in_its_words(answer: Answer) -> Answer:
    """The refusal, with what the standard calls it."""
    details = error(answer.status)
    outcome: Json = operation_outcome(answer.problems)
    for issue in outcome["issue"] if details is not None else ():
        issue["details"] = details
    return replace(answer, body=encode(outcome))


def _unasked(query: Query) -> Iterator[Problem]:
    for name, value in query:
        if name == "async" and value != "false":
            yield Problem(Kind.UNSUPPORTED, NOT_LATER, name)
        elif name not in ("async", *_IGNORED):
            yield Problem(Kind.PARAMETER, f"is not asked of {NAME}; that knows async", name[:64])


def _received(installation: Installation, body: bytes) -> tuple[Message, str] | Refused:
    """The message, and a digest of what it says."""
    tree = parsed(installation, body)
    if isinstance(tree, Refused):
        return tree
    if tree.get("resourceType") != "Bundle":
        return refuse(Kind.STRUCTURE, NO_BUNDLE, "resourceType")
    unserved = bars_in.unserved(tree)
    if unserved is not None:
        return _refused((unserved,))
    bundle = received_bundle(installation, body)
    if isinstance(bundle, Refused):
        return bundle
    message = bars_in.read(bundle)
    if isinstance(message, Unmappable):
        return _refused(message.faults)
    return message, hashlib.sha256(encode(bundle["entry"])).hexdigest()


def _refused(faults: Sequence[Fault]) -> Refused:
    return Refused(tuple(Problem(Kind.RULE, each.reason, each.where) for each in faults))


def _taken(writing: Writing, message: Message, content: str) -> Answer | Refused:
    """What the message wishes, done; or, where it was done before, what was answered then."""
    if not _is_own(writing, message):
        return refuse(Kind.FORBIDDEN, word("sender"), f"{HEADER}.sender")
    forbidden = served.refusal(writing.requester, *_NEEDED[message.wish])
    if forbidden is not None:
        return Refused((forbidden,))
    if not message.sender:
        message = replace(message, sender=parties.organization(writing.requester.ods))
    before = messaging_answers.before(writing, message, content)
    if before is not None:
        return before
    told = _wished(writing, message)(writing, message)
    if isinstance(told, Refused):
        return told
    return messaging_answers.answered(writing, message, content, told)


def _is_own(writing: Writing, message: Message) -> bool:
    """Whether it comes from who sends it, where it says from whom it comes."""
    literal = message.sender.get("reference")
    code = (message.sender.get("identifier") or {}).get("value")
    requester = writing.requester
    return literal in (None, requester.organization) and code in (None, requester.ods)


def _wished(writing: Writing, message: Message) -> Callable[[Writing, Message], Told | Refused]:
    match message.wish:
        case Wish.NEW:
            return _sent
        case Wish.UPDATE:
            return _changed
        case Wish.CANCEL:
            return messaging_moves.called_off
        case Wish.ANSWER:
            return messaging_moves.answered
        case _:
            assert_never(message.wish)


def _sent(writing: Writing, message: Message) -> Told | Refused:
    """A new referral."""
    if messaging_known.request(writing, message) is not None:
        return refuse(Kind.CONFLICT, word("sent-before"), message.request.at)
    return _carried_out(writing, message, {})


def _changed(writing: Writing, message: Message) -> Told | Refused:
    """What its sender says anew of a referral that is under way."""
    request = messaging_known.request(writing, message)
    if request is None:
        return refuse(Kind.RULE, word("unknown-request"), message.request.at)
    tasks = messaging_moves.under_way(writing, request)
    if not tasks:
        return refuse(Kind.RULE, word("no-task"), message.request.at)
    if not messaging_moves.still_asks(writing, message, tasks):
        where = f"{HEADER}.destination[0].receiver"
        return refuse(Kind.RULE, word("other-receiver"), where)
    known = {message.request.place: bars_sending.Known(request.reference, own=True)}
    told = _carried_out(writing, message, known)
    if isinstance(told, Refused):
        return told
    return replace(told, focus=(request.reference, *(each.reference for each in tasks)))


def _carried_out(
    writing: Writing, message: Message, known: dict[int, bars_sending.Known]
) -> Told | Refused:
    held = messaging_known.entries(writing, message)
    if isinstance(held, Refused):
        return held
    made = bars_sending.transaction(message, held | known)
    done = transacting.transact(writing, made.bundle, Return.OUTCOME)
    if isinstance(done, Refused):
        return Refused(tuple(_placed(made, each) for each in done.problems))
    stored = [each["response"].get("location", "").partition("/_history/")[0] for each in done]
    focus = [each for each in stored if each.startswith(("ServiceRequest/", "Task/"))]
    at = f"{message.request.at}."
    said = [
        replace(issue, expression=issue.expression.replace("ServiceRequest.", at, 1))
        for each in done
        for issue in messaging_answers.issues(each["response"])
    ]
    notes = [messaging_answers.noted(each) for each in made.notes]
    return Told(tuple(sorted(focus)), (*notes, *said))


def _placed(made: Made, problem: Problem) -> Problem:
    """The problem at its place in the message, not in the transaction that was made of it."""
    start = "Bundle.entry["
    number, _, rest = problem.expression.removeprefix(start).partition("]")
    if not problem.expression.startswith(start) or not number.isdigit():
        return problem
    at, is_it = made.places[int(number)]
    inner = rest.removeprefix(".resource") if rest.startswith(".resource") else ""
    return replace(problem, expression=f"{at}{inner}" if is_it else at)
