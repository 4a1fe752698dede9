"""The digest that names a record, so that sending it twice stores it once."""

from __future__ import annotations

import hashlib

import msgspec

from mappings.systems import ROW_DIGEST


def digest(canonical: object) -> str:
    """SHA-256 (hexadecimal) of a record in its one canonical form, the person included.

    The person is part of it: two people with equal answers at one moment are two records. It is
    not keyed, so that a sender without our keys makes the same one; whoever knows all the rest of
    a record could try NHS numbers against it, and whoever may see it sees the record anyway.
    """
    return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()


def identifier(value: str) -> dict[str, str]:
    return {"system": ROW_DIGEST, "value": value}


def once(value: str) -> str:
    """The condition (ifNoneExist) under which a resource of that identifier is created."""
    return f"identifier={ROW_DIGEST}|{value}"
