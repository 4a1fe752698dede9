"""What the index can say of a test, and whether that is all there is to say.

The index knows the whole resource. Others may see less: references to what they may not see are
taken out, and with one that is required, all that stands beside it; words are withheld. So the
index alone answers only where a value can never be taken out, or where only the author is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.fhir.entries import BELOW, EXACT, IDENTIFIER
from gateway.fhir.folding import sounds, words
from gateway.fhir.indexing import stands_under
from gateway.fhir.matching import Test
from gateway.fhir.outlasting import outlasts
from gateway.fhir.search_parameters import Parameter
from gateway.fhir.search_values import Moment, Named, Token, Value, Words
from gateway.fhir.types import DIRECTORY
from gateway.storage.conditions import (
    AllOf,
    AnyOf,
    Changed,
    Condition,
    HasDate,
    HasId,
    HasToken,
    MaySeemOlder,
    NotSo,
    WrittenBy,
)
from gateway.storage.resources import Resources

Narrowed = tuple[Condition | None, bool]
Sees = Callable[[frozenset[str]], frozenset[str]] | None
ROW = ("_id", "_lastUpdated")  # columns of the row
NOTHING = AnyOf(())


def narrowed(type_: str, test: Test, resources: Resources, me: str, sees: Sees) -> Narrowed:
    """The condition that each row has which the test may find, and whether it finds no other.

    `sees` None: only rows that the requester's organisation wrote are asked for.
    """
    parameter, modifier = test.parameter, test.modifier
    if parameter.name in ROW:
        return _of_row(test, me)
    if modifier in _NOT_KEPT or parameter.kind in _NOT_KEPT or parameter.name in _SHOWN_OTHERWISE:
        return None, False
    names = stands_under(type_, parameter.name)
    known = [_known(parameter, names, modifier, each, resources, me, sees) for each in test.values]
    whole = all(certain for _, certain in known)
    certain = whole and (sees is None or _shown_to_all(type_, parameter))
    condition = AnyOf(tuple(each for each, _ in known))
    if modifier == "not":
        return (NotSo(condition), True) if certain else (None, False)
    return condition, certain


_NOT_KEPT = ("missing", "text", "of-type", "above", "quantity", "number", "composite")
_SHOWN_OTHERWISE = ("_security", "_tag")  # the gateway adds its own at release


def _of_row(test: Test, me: str) -> Narrowed:
    """INVARIANT: when others' resources last changed is when what is shown of them did."""
    if test.modifier:
        return None, False
    found: list[Condition] = []
    for value in test.values:
        match value:
            case Moment(prefix, low, high):
                found.append(Changed(prefix, low, high))
            case Token(None, str(id_)):
                found.append(HasId((id_,)))
    if test.parameter.name == "_id":
        return AnyOf(tuple(found)), True
    return AnyOf((*found, MaySeemOlder(me))), False


def _shown_to_all(type_: str, parameter: Parameter) -> bool:
    """Whether everyone who sees the resource sees what the parameter reads. Words are for those
    who wrote them, but for directories and Patients, which nobody else sees."""
    has_words = parameter.kind == "string" and type_ not in DIRECTORY | {"Patient"}
    return outlasts(type_, parameter.name) and not has_words


def _known(
    parameter: Parameter,
    names: tuple[str, ...],
    modifier: str,
    value: Value,
    resources: Resources,
    me: str,
    sees: Sees,
) -> tuple[Condition, bool]:
    """What the index keeps for one value, and whether it says all."""
    name = parameter.name

    def kept(suffix: str, *values: str) -> Condition:
        found = [
            HasToken(under, tuple(resources.digest(f"token-{under}", each) for each in values))
            for under in (each + suffix for each in names)
        ]
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    match value:
        case Moment(prefix, low, high):
            return HasDate(name, prefix, low, high), True
        case Token(None, str(code)):
            return kept(IDENTIFIER if modifier == "identifier" else "", code), not modifier
        case Token("", str(code)):
            return kept(IDENTIFIER if modifier == "identifier" else "", code), False
        case Token(str(system), str(code)) if modifier == "identifier":
            return kept(IDENTIFIER, f"{system}|{code}"), False
        case Token(system, code) if modifier != "below":
            return kept("", f"{system}|{code or ''}"), True
        case Words(text):
            return _spoken(parameter, modifier, text, kept), True
        case Named(literals, url):
            return kept("", url) if url else _named(name, literals, me, sees), True
    return AllOf(()), False


def _spoken(
    parameter: Parameter, modifier: str, text: str, kept: Callable[..., Condition]
) -> Condition:
    if modifier == "exact":
        return kept(EXACT, text)
    if modifier == "below":
        return kept(BELOW, text.rstrip("/"))
    if parameter.kind == "uri":
        return kept("", text)
    if parameter.name == "phonetic":
        return AllOf(tuple(kept("", each) for each in sorted(set(sounds(text)))) or (NOTHING,))
    return AllOf(tuple(kept("", each) for each in sorted(set(words(text)))))


def _named(name: str, literals: frozenset[str], me: str, sees: Sees) -> Condition:
    """A reference to what may not be seen is taken out of what others wrote."""
    shown = literals if sees is None else sees(literals)
    hidden = literals - shown
    theirs = HasToken(name, tuple(sorted(shown)))
    mine = AllOf((HasToken(name, tuple(sorted(hidden))), WrittenBy(me)))
    return AnyOf((theirs, mine)) if hidden else theirs
