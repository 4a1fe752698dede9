"""The parties that a consent names, by the names that the directory has for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from consent.rules import Actor
from gateway.actions.directory import organization_named
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parties:
    """`every` party with what identifies it; `names` of each reference and "system|value"."""

    every: tuple[Json, ...]
    names: dict[str, str]

    def of(self, actor: Actor) -> Json:
        """One party as it stands in a record."""
        for each in self.every:
            if each["party_id"] == _id(actor):
                return {"party_id": each["party_id"], "party_name": each["party_name"]}
        return {"party_id": _id(actor), "party_name": actor.display or "not named here"}


def parties(connection: Connection, actors: Iterable[Actor]) -> Parties:
    """Every party named, each once, and the names that are known."""
    found: dict[str, Json] = {}
    names: dict[str, str] = {}
    for actor in actors:
        known_as = _id(actor)
        if known_as in found:
            continue
        found[known_as] = {"party_id": known_as, "party_type": actor.type or "Organization"}
        named = _organization(connection, actor)
        if named is not None:
            found[known_as] |= {"party_name": named[1], "party_identifier": f"{ODS}|{named[0]}"}
            names |= dict.fromkeys(filter(None, (actor.reference, actor.identifier)), named[1])
        else:
            found[known_as]["party_name"] = actor.display or "not named here"
    return Parties(tuple(found.values()), names)


def _organization(connection: Connection, actor: Actor) -> tuple[str, str] | None:
    system, _, value = (actor.identifier or "").rpartition("|")
    reference: Json = {"reference": actor.reference or ""}
    if not actor.reference:
        reference = {"identifier": {"system": system, "value": value}}
    if actor.reference and not actor.reference.startswith("Organization/"):
        return None
    found = organization_named(connection, reference)
    return None if found is None else (found.ods, found.name)


def _id(actor: Actor) -> str:
    return actor.reference or actor.identifier or ""
