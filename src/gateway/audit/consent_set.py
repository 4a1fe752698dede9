"""The consents that a request was held against, as a set that many rows of the log name.

What somebody may see rests on the same versions of the same consents until one of them moves. So a
row names their set by a digest, from which it can be told that the set is the one that was meant,
and each set is kept once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec


class ConsentSet(NamedTuple):
    """`members` is a JSON array of "Consent/<id>/_history/<n>", each once, in the order of their
    text, without spaces; `digest` the SHA-256 of those bytes, hex.

    INVARIANT: what order and how often they were read in makes no difference to either.
    """

    digest: str
    members: bytes


def set_of(versions: Iterable[str]) -> ConsentSet | None:
    """The set of these versions; of none, None."""
    listed = sorted(set(versions))
    if not listed:
        return None
    members = msgspec.json.encode(listed)
    return ConsentSet(_digest(members), members)


def versions_of(digest: str, members: object) -> tuple[str, ...] | None:
    """The versions that a digest stands for, if these are the bytes that it was made of."""
    if not isinstance(members, bytes) or _digest(members) != digest:
        return None
    try:
        return msgspec.json.decode(members, type=tuple[str, ...])
    except msgspec.DecodeError:
        return None


def found_by(versions: Iterable[str]) -> tuple[str, ...]:
    """What a set is found by: "Consent/<id>", each once."""
    return tuple(dict.fromkeys(each.partition("/_history/")[0] for each in versions))


def _digest(members: bytes) -> str:
    return hashlib.sha256(members).hexdigest()
