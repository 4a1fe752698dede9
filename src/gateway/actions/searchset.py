"""Matches and what comes along with them as a Bundle, made of the bytes that are released."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from gateway.actions.answer import Answer
from gateway.actions.asking.parts import Plan, Shown
from gateway.actions.cursor import cursor
from gateway.actions.finding import Seen
from gateway.actions.installation import Installation
from gateway.actions.paging import Matches
from gateway.actions.releasing import tree
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, operation_outcome
from gateway.fhir.subset import of_elements, summarised

MORE = Problem(
    Kind.PARAMETER,
    "Not everything that comes along is here; search for the rest.",
    severity="warning",
)
_WHOLE = Shown()


def searchset(
    installation: Installation,
    type_: str,
    plan: Plan,
    matches: Matches,
    along: Sequence[Seen] = (),
    *,
    more_along: bool = False,
) -> Answer:
    """The Bundle: how many match, the links, each match and then what comes along."""
    head: dict[str, object] = {"resourceType": "Bundle", "type": "searchset"}
    if matches.total is not None:
        head["total"] = matches.total
    head["link"] = _links(installation, type_, plan, matches)
    base = f"{installation.base_url}/fhir/".encode()
    entries = [_entry(base, each, b"match", plan.shown) for each in matches.seen]
    beside = Shown(plan.shown.summary)
    entries += [_entry(base, each, b"include", beside) for each in along]
    if more_along:
        outcome = encode(operation_outcome([MORE]))
        entries.append(b'{"resource":%s,"search":{"mode":"outcome"}}' % outcome)
    body = encode(head)
    return Answer(200, body[:-1] + b',"entry":[' + b",".join(entries) + b"]}" if entries else body)


def _entry(base: bytes, seen: Seen, mode: bytes, shown: Shown) -> bytes:
    released = seen.released
    body = released.body if shown == _WHOLE else part(released.body, shown)
    return b'{"fullUrl":"%s%s","resource":%s,"search":{"mode":"%s"}}' % (
        base,
        released.reference.encode(),
        body,
        mode,
    )


def part(body: bytes, shown: Shown) -> bytes:
    """What of a released resource was asked for."""
    whole = tree(body)
    if shown.elements:
        return encode(of_elements(whole, shown.elements))
    return encode(summarised(whole, shown.summary))


def _links(
    installation: Installation, type_: str, plan: Plan, matches: Matches
) -> list[dict[str, str]]:
    """INVARIANT: a link says what was asked and where its page starts, and nothing else."""
    base = f"{installation.base_url}/fhir/{type_}"
    links = [{"relation": "self", "url": _link(base, plan, plan.cursor)}]
    if plan.cursor or matches.following is not None:
        links.append({"relation": "first", "url": _link(base, plan, "")})
    if matches.following is not None:
        # INVARIANT: where a row stands in the store counts what may be hidden: its id says as much.
        place = matches.following if plan.order else matches.following[-1:]
        after = cursor(installation.keys, plan.about, place)
        links.append({"relation": "next", "url": _link(base, plan, after)})
    return links


def _link(base: str, plan: Plan, after: str) -> str:
    asked = [*plan.asked, *([("_cursor", after)] if after else [])]
    return f"{base}?{urlencode(asked, safe=',|/:$')}" if asked else base
