"""From stored rows to the bytes that leave: edited where this requester's view differs, no more.

The author gets the whole. Everyone else gets: their own Patient id wherever a Patient of the person
stands, no reference to what they may not see, no words of the sender's beside codes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from consent.labelling import Labels, label
from consent.topics import CONFIDENTIALITY, LEVELS, bit, codings
from gateway.fhir.encoding import encode, number
from gateway.fhir.references import without
from gateway.fhir.wording import shared_meta
from gateway.keys import Keys
from gateway.storage.content import Content
from gateway.storage.resources import Resources, Row
from gateway.storage.sealing import version_id
from gateway.storage.times import instant

PENDING = {
    "system": "https://onestory.example/fhir/CodeSystem/labelling",
    "code": "pending",
}


@dataclass(frozen=True, slots=True)
class View:
    """How one requester sees a row: Patient ids to put in place of others, references to hide,
    and whether the author's own words are theirs to read. `named` are the labels of what it names,
    as this requester sees them; None where the stored labels hold. `own`: nothing of it is
    withheld, for they wrote it or everybody reads it."""

    patients: tuple[tuple[bytes, bytes], ...] = ()
    hidden: frozenset[str] = frozenset()
    words: bool = False
    named: Mapping[str, Labels] | None = None
    own: bool = False


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
    rest = content.rest if view.words else content.shared
    if view.hidden:
        pruned = without(tree(_assembled(row, b"{}", b"", rest)), view.hidden)
        if pruned is None:
            return None
        rest = encode({k: v for k, v in pruned.items() if k not in _HEAD})[1:-1]
    for theirs, ours in view.patients:
        rest = rest.replace(theirs, ours)
    labels = seen_labels(row, content, view)
    version = version_of(keys, row, view, labels, rest)
    meta = _meta(row, content, version, labels, words=view.words)
    narrative = content.text if view.words else b""
    body = _assembled(row, meta, narrative, rest)
    return Released(row.reference, version, row.updated, body)


def version_of(keys: Keys, row: Row, view: View, labels: Labels, shown: bytes = b"") -> str:
    """The opaque versionId of this view: it moves only when what is visible may have moved.

    INVARIANT: where anything may be withheld it is made of what is shown, and of when that was
    stored: never of what is hidden, nor of how many versions there were.
    """
    seen = (labels.topics, labels.level, int(labels.pending))
    if view.own:
        return version_id(keys.version, row.reference, row.version, seen, b"own")
    return version_id(keys.version, row.reference, row.updated, seen, shown)


_HEAD = ("resourceType", "id", "meta", "text")


def stored_labels(row: Row) -> Labels:
    """The labels that decide: those of the whole."""
    return _labels(row.topics, row.level, bool(row.pending))


_labels = lru_cache(maxsize=4096)(Labels)


def seen_labels(row: Row, content: Content, view: View) -> Labels:
    """The labels to show: without those that came from what is hidden, which would tell of it."""
    if view.named is None:
        return stored_labels(row)
    pruned = without(tree(_assembled(row, content.meta, b"", content.rest)), view.hidden)
    return stored_labels(row) if pruned is None else label(pruned, view.named)


def _meta(row: Row, content: Content, version: str, labels: Labels, *, words: bool) -> bytes:
    """The client's own meta with what the gateway sets: version, instant, labels."""
    own = _labelled(content.meta, labels.topics, labels.level, labels.pending, words)
    head = f'{{"versionId":"{version}","lastUpdated":"{instant(row.updated)}",'
    return head.encode() + own[1:]


@lru_cache(maxsize=4096)
def _labelled(meta: bytes, topics: int, level: int, pending: bool, words: bool) -> bytes:
    """The client's own meta with these labels; what many resources have in common is made once."""
    own: dict[str, Any] = msgspec.json.decode(meta)
    own = own if words else shared_meta(own)
    others = [each for each in own.get("security", []) if not _is_label(each)]
    confidentiality = {"system": CONFIDENTIALITY, "code": LEVELS[level]}
    own["security"] = [*codings(topics), confidentiality, *others]
    if pending:
        own["tag"] = [*own.get("tag", []), PENDING]
    return encode(own)


def _is_label(coding: dict[str, Any]) -> bool:
    system, code = coding.get("system", ""), coding.get("code", "")
    return system == CONFIDENTIALITY or bit(system, code) != 0


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
