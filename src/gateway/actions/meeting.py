"""What somebody is told whose change to a care plan meets a change that they had not read.

Nothing is stored. They get the version that stands for them, and each element that both changed
with what it was, what it is now and what they sent, side by side, as far as they see it. INVARIANT:
all of it is made of their own views; and where values leave, the log has a row of a read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from consent.parts import elements_of
from gateway.actions import past
from gateway.actions.answer import Answer
from gateway.actions.answer import refused as problems_only
from gateway.actions.held import Held, Stale, matches
from gateway.actions.releasing import tree, whole
from gateway.actions.writing import Writing
from gateway.actions.writing_back import seen_in
from gateway.fhir.clashing import Clash, clashes
from gateway.fhir.encoding import encode
from gateway.fhir.merging import same
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import ORIGIN
from gateway.storage import parts_written
from gateway.storage.resources import Row

TYPE = "CarePlan"  # the one type that several organisations write
MOST = 50  # elements of one answer
BOTH = (
    "was also changed in another way since the version you read; agree what holds, and send it on"
    " the current version"
)
UNREAD = (
    "is not the version that stands, and others have added to the plan since; read it again, repeat"
    " the change on that, and send its version in If-Match"
)
Json = dict[str, Any]


def met(
    writing: Writing, refused: Refused, if_match: str | None, change: Callable[[Json], Any]
) -> Refused:
    """The refusal with all that clashes; `change` makes of what was read what they wanted."""
    if not isinstance(refused, Stale) or if_match is None:
        return refused
    type_, _, id_ = refused.standing.reference.partition("/")
    if type_ != TYPE:
        return refused
    read = _read(writing, id_, if_match)
    wanted = None if read is None else change(tree(read))
    if read is None or not isinstance(wanted, dict):
        return refused
    found = list(clashes(tree(read), tree(refused.standing.body), wanted))
    problems = (*refused.problems, *map(_problem, found[:MOST]))
    return Stale(problems, refused.standing, shows=bool(found))


def unread(writing: Writing, found: Held, sent: Json) -> Refused | None:
    """The refusal of a whole plan, sent without If-Match by who read a version before others added
    to it: what they have not read, they do not mean to take away. None where there is nothing."""
    named = sent.get("meta", {}).get("versionId")
    if found.row.type != TYPE or named in (None, found.seen.version):
        return None
    read = _read(writing, found.row.id, named)
    if read is None or not _has_of_others(writing, found.row, tree(read)):
        return None
    stale = Stale((Problem(Kind.VERSION, UNREAD, f"{TYPE}.meta.versionId"),), found.seen)
    return met(writing, stale, named, lambda _: sent)


def _has_of_others(writing: Writing, row: Row, read: Json) -> bool:
    """Whether there is something that others did since the version that was read."""
    now = seen_in(writing, row, whole(row, writing.installation.resources.opened(row)))
    wrote = parts_written.writers(writing.connection, row.rid, row.version)
    return any(
        wrote.get((name, item[ORIGIN]), row.author) != writing.organization
        for name in elements_of(TYPE) & now.keys()
        for item in (now[name] if isinstance(now[name], list) else ())
        if not any(same(item, each) for each in read.get(name, ()))
    )


def no(refused: Refused) -> Answer:
    """The answer to what was refused; of a stale version, with the ETag of the one that stands, and
    about that where it shows anything of it."""
    if not isinstance(refused, Stale) or not refused.standing.reference.startswith(f"{TYPE}/"):
        return problems_only(*refused.problems)
    about = refused.standing if refused.shows else None
    headers = {"ETag": f'W/"{refused.standing.version}"'}
    return replace(problems_only(*refused.problems), headers=headers, about=about)


def _read(writing: Writing, id_: str, if_match: str) -> bytes | None:
    """The version that the writer had read, as their history has it now."""
    gate = writing.gate
    sight, standing = past.last(gate, TYPE, [id_])
    versions = past.events(gate, sight, standing[0]) if standing else []
    return next(
        (one.seen.body for one in versions if one.seen and matches(if_match, one.version)), None
    )


def _problem(clash: Clash) -> Problem:
    return Problem(Kind.VERSION, BOTH, clash.sent_at, values=tuple(_values(clash)))


def _values(clash: Clash) -> Iterator[tuple[str, str]]:
    yield "stands-at", clash.stands_at
    for name, value in (("before", clash.before), ("now", clash.theirs), ("sent", clash.yours)):
        if value is not None:
            yield name, encode(value).decode()
