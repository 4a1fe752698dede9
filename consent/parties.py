"""Whether a party that a consent names is the one who asks, or the one who wrote."""

from __future__ import annotations

from consent.directory import Directory, StaffRole
from consent.predicate import Condition, Constant, FromSource, Unsourced, some
from consent.request import Request
from consent.rules import Actor


def is_requester(actor: Actor, request: Request, directory: Directory, *, doubt: bool) -> bool:
    """Whether the named recipient is the requester; `doubt` also counts who may be.

    Without doubt it is the very party. With it: an unresolvable actor is everyone, a practitioner
    who is named may be the unstated one at an organisation where they work, and an unstated staff
    role may be the one named.
    """
    if not directory.resolves(actor):
        return doubt
    organization = directory.names(*request.organization)
    practitioner = directory.names(*request.practitioner)
    named = _names(actor, directory, doubt=doubt)
    if named & (organization | practitioner):
        return True
    match actor.type:
        case "Practitioner":
            unstated = not request.practitioner
            return doubt and unstated and bool(directory.workplaces_of(named) & organization)
        case "PractitionerRole":
            return _in_role(actor, request, directory, doubt=doubt)
        case _:
            return False


def source_condition(actor: Actor, directory: Directory, *, doubt: bool, wide: bool) -> Condition:
    """The resource was written or is held by the named source; doubt counts an unnamed source."""
    if not directory.resolves(actor):
        return Constant(doubt)
    written = FromSource(_names(actor, directory, doubt=wide))
    return some(written, Unsourced()) if doubt else written


def _names(actor: Actor, directory: Directory, *, doubt: bool) -> frozenset[str]:
    """The names of the party; where a reference stands, an identifier beside it only in doubt."""
    if actor.reference is None or doubt:
        return directory.names(actor.reference, actor.identifier)
    return directory.names(actor.reference)


def _in_role(actor: Actor, request: Request, directory: Directory, *, doubt: bool) -> bool:
    """Whether the requester acts in the named staff role.

    Without the entry a stated role cannot be compared: then it is nobody's, and in doubt anyone's.
    """
    reference = actor.reference or ""
    if reference in request.roles:
        return True
    entry = directory.staff_roles.get(reference)
    if entry is None:
        return doubt
    return (
        _holds_code(entry, request, doubt=doubt)
        and _works_there(entry, request, directory)
        and _is_person(entry, request, directory, doubt=doubt)
    )


def _holds_code(entry: StaffRole, request: Request, *, doubt: bool) -> bool:
    if not entry.codes:
        return doubt or entry.practitioner is not None
    if not request.roles:
        return doubt
    bare = {code.rpartition("|")[2] for code in entry.codes}
    return bool(request.roles & (entry.codes | bare))


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
