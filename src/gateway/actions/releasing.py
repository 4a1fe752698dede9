"""From stored rows to the bytes that leave: edited where this requester's view differs, no more.

The author gets the whole. Everyone else gets: their own Patient id wherever a Patient of the person
stands, no reference to what they may not see, no words of the sender's beside codes, and not whom
its author names as recipients.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from consent import said
from consent.labelling import NORMAL, Labels, label
from consent.parts import Place, wordless
from consent.recipients import NAMED_RECIPIENT, unnamed
from gateway.actions.labelled_meta import labelled_meta
from gateway.fhir.encoding import encode, number
from gateway.fhir.parting import parted
from gateway.fhir.references import without
from gateway.fhir.types import DIRECTORY
from gateway.fhir.wording import regenerated
from gateway.keys import Keys
from gateway.storage.content import Content
from gateway.storage.labelling import Labelling
from gateway.storage.resources import Resources, Row
from gateway.storage.sealing import version_id
from gateway.storage.times import instant


@dataclass(frozen=True, slots=True)
class View:
    """How one requester sees a row: Patient ids to put in place of others, references to hide,
    and whether the author's own words are theirs to read. `named` are the labels of what it names,
    as this requester sees them; None where the stored labels hold. `own`: nothing of it is
    withheld, for they wrote it or everybody reads it. `gone` are the parts that they may not see;
    None where it is not released in parts. `services` is what the services say that take part in
    what is left."""

    patients: tuple[tuple[bytes, bytes], ...] = ()
    hidden: frozenset[str] = frozenset()
    words: bool = False
    named: Mapping[str, Labels] | None = None
    own: bool = False
    gone: frozenset[Place] | None = None
    services: tuple[said.Said, ...] = ()


class Released(NamedTuple):
    """A resource as this requester may have it: a tuple, because searches make many."""

    reference: str
    version: str
    updated: int
    body: bytes


WHOLE = View(words=True, own=True)
PLAIN = View()


def released(keys: Keys, resources: Resources, row: Row, view: View) -> Released | None:
    """The bytes to release; None where what must be hidden cannot be left out."""
    content = resources.opened(row)
    rest = _rest(row, content, view)
    if rest is None:
        return None
    for theirs, ours in view.patients:
        rest = rest.replace(theirs, ours)
    labels = seen_labels(resources.labelling, row, content, view)
    version = version_of(keys, row, view, labels, rest)
    meta = _meta(row, content, version, labels, words=view.words)
    narrative = content.text if view.words and view.gone is None else b""
    body = _assembled(row, meta, narrative, rest)
    return Released(row.reference, version, row.updated, body)


def _rest(row: Row, content: Content, view: View) -> bytes | None:
    """Everything but the head, as the view has it; None where what must go cannot."""
    rest = content.rest if view.words else content.shared
    if view.gone is None and not view.hidden and (view.own or _NAMING not in rest):
        return rest
    shown = projected(tree(_assembled(row, b"{}", b"", content.rest)), view)
    if shown is None:
        return None
    return encode({k: v for k, v in shown.items() if k not in _HEAD})[1:-1]


def projected(resource: dict[str, Any], view: View) -> dict[str, Any] | None:
    """What a view has of a whole resource, but for its head and for whose Patient is meant."""
    resource = resource if view.own else unnamed(resource)
    if view.gone is not None:
        pruned = parted(resource, view.gone, view.hidden)
    else:
        pruned = without(resource, view.hidden)
    if pruned is None or view.words:
        return pruned
    return regenerated(pruned if view.gone is None else wordless(pruned, put=True))


def version_of(keys: Keys, row: Row, view: View, labels: Labels, shown: bytes = b"") -> str:
    """The opaque versionId of this view: it moves only when what is visible may have moved.

    INVARIANT: where anything may be withheld it is made of what is shown, and of when that was
    stored: never of what is hidden, nor of how many versions there were.
    """
    seen = (labels.topics, labels.level, labels.doubt)
    if view.own:
        return version_id(keys.version, row.reference, row.version, seen, b"own")
    return version_id(keys.version, row.reference, row.updated, seen, shown)


_HEAD = ("resourceType", "id", "meta", "text")
_NAMING = NAMED_RECIPIENT.encode()


def stored_labels(row: Row, labelling: Labelling) -> Labels:
    """The labels that decide: those of the whole. What other rules labelled is not yet labelled."""
    stale = not _is_current(row, labelling)
    return _labels(row.topics, row.level, 2 if stale else row.doubt, row.said)


def _is_current(row: Row, labelling: Labelling) -> bool:
    return labelling.knows(row.labelled) or row.type in DIRECTORY


@lru_cache(maxsize=4096)
def _labels(topics: int, level: int, doubt: int, spoken: str) -> Labels:
    return Labels(topics, level, doubt == 1, pending=doubt == 2, said=said.read(spoken))


def told_labels(row: Row, labelling: Labelling) -> Labels:
    """The labels that its author is told: those of what it named as that was when it wrote. What
    that has become decides, and may be none of the author's business."""
    told = as_told(stored_labels(row, labelling))
    return told if _is_current(row, labelling) else replace(told, pending=True)


def as_told(labels: Labels) -> Labels:
    """What the rules that spoke said, and no more."""
    return _told(labels.said) if labels.said else labels


@lru_cache(maxsize=4096)
def _told(spoken: tuple[said.Said, ...]) -> Labels:
    topics = 0
    for one in spoken:
        topics |= one.topics
    level = max(NORMAL, *(one.level for one in spoken))
    doubt = any(one.unjudged for one in spoken)
    pending = any(one.pending for one in spoken)
    return Labels(topics, level, doubt, pending=pending, said=spoken)


def seen_labels(labelling: Labelling, row: Row, content: Content, view: View) -> Labels:
    """The labels to show: without those that came from what is hidden, which would tell of it."""
    if view.named is None and view.gone is None:
        return told_labels(row, labelling)
    everything = tree(_assembled(row, content.meta, b"", content.rest))
    services = view.services
    if view.gone is not None:
        pruned = parted(everything, view.gone, view.hidden)
        pruned = pruned if pruned is None or view.words else wordless(pruned)
    else:
        pruned = without(everything, view.hidden)
        services = _of_services(row, labelling)
    if pruned is None:
        return stored_labels(row, labelling)
    shown = label(pruned, view.named or {}, labelling.rules, services)
    return shown if _is_current(row, labelling) else replace(shown, pending=True)


def _of_services(row: Row, labelling: Labelling) -> tuple[said.Said, ...]:
    """What the services said that take part in it: the directory is open to everyone."""
    kinds = {rule.name for rule in labelling.rules.services.values()}
    return tuple(one for one in said.read(row.said) if one.rule in kinds)


def _meta(row: Row, content: Content, version: str, labels: Labels, *, words: bool) -> bytes:
    """The client's own meta with what the gateway sets: version, instant, labels."""
    spoken = labels.said if words else ()
    own = labelled_meta(content.meta, labels, words, spoken)
    head = f'{{"versionId":"{version}","lastUpdated":"{instant(row.updated)}",'
    return head.encode() + own[1:]


def whole(row: Row, content: Content) -> dict[str, Any]:
    """The stored resource as a tree, numbers exact, without what the server sets in meta."""
    return tree(_assembled(row, content.meta, content.text, content.rest))


def tree(body: bytes) -> dict[str, Any]:
    """A resource out of its bytes, each number with the digits that were sent."""
    read: dict[str, Any] = json.loads(body, parse_float=number)
    return read


def _assembled(row: Row, meta: bytes, text: bytes, rest: bytes) -> bytes:
    head = f'{{"resourceType":"{row.type}","id":"{row.id}","meta":'.encode()
    narrative = b',"text":' + text if text else b""
    return b"".join((head, meta, narrative, b"," if rest else b"", rest, b"}"))
