"""A resource as it is stored, of which nothing matters but its facts."""

from __future__ import annotations

from consent.facts import Facts
from consent.labelling import Labels
from gateway.fhir.indexing import Indexed
from gateway.storage.labelling import UNKNOWN
from gateway.storage.resources import NewVersion

RULES = 1  # the set of labelling rules that is current


def new_version(facts: Facts, number: int) -> NewVersion:
    id_ = facts.reference.partition("/")[2]
    return NewVersion(
        resource={"resourceType": facts.type, "id": id_},
        type=facts.type,
        id=id_,
        version=1,
        author="a",
        author_role="service",
        concerns=(),
        several=False,
        labels=Labels(facts.topics, facts.level, facts.unjudged, facts.ceiling),
        facts=facts,
        indexed=Indexed(),
        delivered_to=frozenset(),
        updated=number,
        labelled_by=UNKNOWN if facts.pending else RULES,
    )
