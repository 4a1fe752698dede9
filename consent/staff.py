"""Whether the requester acts in a staff role: of a PractitionerRole, or as a Group describes it."""

from __future__ import annotations

from collections.abc import Sequence

from consent.asked import Asked
from consent.directory import Directory, Names, StaffRole, standing_since
from consent.request import Request
from consent.teams import Trait


def acts_in(reference: str, asked: Asked, *, doubt: bool) -> bool:
    """Whether the requester acts in the role that this PractitionerRole names, as it was when the
    consent was given and as it is now; in doubt, as it was at any time since.

    Without the entry a stated role cannot be compared: then it is nobody's, and in doubt anyone's.
    """
    request, directory = asked.request, asked.directory
    if reference in request.roles:
        return True
    entry = directory.staff_roles.get(reference)
    if entry is None:
        return doubt
    if not (versions := directory.roles.get(reference)):
        return _acts_as(entry, request, directory, doubt=doubt)
    since = standing_since(versions, asked.said, StaffRole())
    if doubt:
        return any(_acts_as(one, request, directory, doubt=True) for one in since)
    return all(_acts_as(one, request, directory, doubt=False) for one in (since[0], since[-1]))


def _acts_as(entry: StaffRole, request: Request, directory: Directory, *, doubt: bool) -> bool:
    return (
        _holds_code(entry, request, doubt=doubt)
        and _works_there(entry, request, directory)
        and _is_person(entry, request, directory, doubt=doubt)
    )


def is_described(traits: Sequence[Trait], request: Request, *, doubt: bool) -> bool:
    """Whether the stated role has every one of the traits; an unstated one may have."""
    if not traits or not request.roles:
        return doubt and bool(traits)
    return all(
        doubt if not trait.sure else _is_stated(trait.codes, request) is not trait.excluded
        for trait in traits
    )


def _is_stated(codes: Names, request: Request) -> bool:
    bare = {code.rpartition("|")[2] for code in codes}
    return bool(request.roles & (codes | bare))


def _holds_code(entry: StaffRole, request: Request, *, doubt: bool) -> bool:
    if not entry.codes:
        return doubt or entry.practitioner is not None
    return _is_stated(entry.codes, request) if request.roles else doubt


def _works_there(entry: StaffRole, request: Request, directory: Directory) -> bool:
    if entry.organization is None:
        return True
    return bool(directory.names(entry.organization) & directory.names(*request.organization))


def _is_person(entry: StaffRole, request: Request, directory: Directory, *, doubt: bool) -> bool:
    if entry.practitioner is None:
        return True
    if not request.practitioner:
        return doubt
    stated = directory.names(*request.practitioner)
    return bool(directory.names(entry.practitioner) & stated)
