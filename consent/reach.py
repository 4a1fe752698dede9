"""How far a resource reaches that a consent names under `data`."""

from __future__ import annotations

from consent import codes
from consent.asked import Asked, Reading
from consent.directory import NOBODY, Directory, Said, standing_since
from consent.predicate import FALSE, Condition, Constant, FromSource, IsOneOf, RefersTo, some
from consent.rules import Data, Meaning

_CONTAINERS = ("Encounter/", "EpisodeOfCare/")


def data_condition(data: Data, asked: Asked, reading: Reading) -> Condition:
    """The resource is one that the named resource reaches; one that cannot be resolved reaches
    nothing, and in doubt everything."""
    named, directory = data.reference, asked.directory
    if named is None:
        return Constant(reading.doubts)
    match data.meaning:
        case Meaning.INSTANCE:
            return IsOneOf(frozenset({named}))
        case Meaning.DEPENDENTS:
            return some(IsOneOf(frozenset({named})), RefersTo(frozenset({named})))
        case Meaning.AUTHORED_BY:
            return FromSource(directory.names(named))
        case _:
            return _related(named, asked, reading)


def _related(named: str, asked: Asked, reading: Reading) -> Condition:
    directory, wide = asked.directory, reading.reaches_below
    if wide and named in directory.beyond:
        return Constant(reading.doubts)
    near = directory.joined.get(named, NOBODY) if wide else _referred(named, asked)
    reached = near | {named}
    through = _through(named, reached, directory, wide)
    return some(IsOneOf(reached), RefersTo(through) if through else FALSE)


def _referred(named: str, asked: Asked) -> frozenset[str]:
    """What it refers to; where its versions are known, what it did when the consent was given too,
    so that whoever writes it permits nothing more by it."""
    now = asked.directory.outgoing.get(named, NOBODY)
    versions = asked.directory.referred.get(named)
    if not versions:
        return now
    return now & standing_since(versions, asked.said, Said(NOBODY))[0].names


def _through(
    named: str, reached: frozenset[str], directory: Directory, wide: bool
) -> frozenset[str]:
    """What a resource has to refer to so that it belongs with the named one.

    A named Encounter or EpisodeOfCare covers what belongs to it, in either reading. A denial also
    reaches whatever points at something joined, but never through a person or an organisation.
    """
    through = set(directory.belonging.get(named, NOBODY))
    if named.startswith(_CONTAINERS):
        through.add(named)
    if wide:
        barred = codes.listed("joins", "never_through")
        through |= {one for one in reached if one.partition("/")[0] not in barred}
    return frozenset(through)
