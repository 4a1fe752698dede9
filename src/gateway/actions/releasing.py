"""From stored rows to the bytes that leave: edited where this requester's view differs, no more.

The author gets the whole. Everyone else gets: their own Patient id wherever a Patient of the person
stands, no reference to what they may not see, no words of the sender's beside codes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from consent.topics import CONFIDENTIALITY, LEVELS, bit, codings
from gateway.fhir.encoding import encode, number
from gateway.fhir.references import without
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
    and whether the author's own words are theirs to read."""

    patients: tuple[tuple[bytes, bytes], ...] = ()
    hidden: frozenset[str] = frozenset()
    words: bool = False


@dataclass(frozen=True, slots=True)
class Released:
    """A resource as this requester may have it."""

    reference: str
    version: str
    updated: int
    body: bytes


WHOLE = View(words=True)


def released(keys: Keys, resources: Resources, row: Row, view: View) -> Released | None:
    """The bytes to release; None where what must be hidden cannot be left out."""
    content = resources.opened(row)
    rest = content.rest if view.words else content.shared
    if view.hidden:
        pruned = without(parsed(row, rest), view.hidden)
        if pruned is None:
            return None
        rest = encode({k: v for k, v in pruned.items() if k not in _HEAD})[1:-1]
    for theirs, ours in view.patients:
        rest = rest.replace(theirs, ours)
    version = version_of(keys, row, view)
    meta = encode(meta_of(row, content, version))
    narrative = content.text if view.words else b""
    body = _assembled(row, meta, narrative, rest)
    return Released(row.reference, version, row.updated, body)


def version_of(keys: Keys, row: Row, view: View) -> str:
    """The opaque versionId of this view: it moves only when what is visible may have moved."""
    shown = "\0".join((*sorted(view.hidden), "words" if view.words else "")).encode()
    labels = (row.topics, row.level, int(row.pending))
    return version_id(keys.version, row.reference, row.version, labels, shown)


_HEAD = ("resourceType", "id", "meta", "text")


def meta_of(row: Row, content: Content, version: str) -> dict[str, Any]:
    """The client's own meta with what the gateway sets: version, instant, labels."""
    own: dict[str, Any] = msgspec.json.decode(content.meta)
    level = {"system": CONFIDENTIALITY, "code": LEVELS[row.level]}
    others = [each for each in own.get("security", []) if not _is_label(each)]
    own["security"] = [*codings(row.topics), level, *others]
    if row.pending:
        own["tag"] = [*own.get("tag", []), PENDING]
    return {"versionId": version, "lastUpdated": instant(row.updated)} | own


def _is_label(coding: dict[str, Any]) -> bool:
    system, code = coding.get("system", ""), coding.get("code", "")
    return system == CONFIDENTIALITY or bit(system, code) != 0


def whole(row: Row, content: Content) -> dict[str, Any]:
    """The stored resource as a tree, numbers exact, without what the server sets in meta."""
    return _tree(_assembled(row, content.meta, content.text, content.rest))


def parsed(row: Row, rest: bytes) -> dict[str, Any]:
    """A resource's own elements as a tree, without meta and narrative."""
    return _tree(_assembled(row, b"{}", b"", rest))


def _tree(body: bytes) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(body, parse_float=number)  # digits as they were sent
    return tree


def _assembled(row: Row, meta: bytes, text: bytes, rest: bytes) -> bytes:
    head = f'{{"resourceType":"{row.type}","id":"{row.id}","meta":'.encode()
    parts = [head + meta]
    if text:
        parts.append(b'"text":' + text)
    if rest:
        parts.append(rest)
    return b",".join(parts) + b"}"
