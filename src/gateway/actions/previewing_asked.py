"""What $preview is asked, out of its Parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.actions.installation import Installation
from gateway.actions.receiving import parameters, received
from gateway.auth.purposes import EMERGENCY, fits
from gateway.auth.requester import Role
from gateway.fhir.encoding import encode
from gateway.fhir.parameters import Named
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local, relative

Json = dict[str, Any]
MOST = 50  # consents proposed or replaced, and recipients asked about
ASKS_NOTHING = Problem(
    Kind.REQUIRED,
    "give a consent that is proposed, or one that it replaces",
    "Parameters.parameter",
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A Consent that is proposed, and the FHIRPath of its place."""

    place: str
    consent: Json

    def at_its_place(self, problem: Problem) -> Problem:
        """The same problem, named by where it stands in the Parameters."""
        path = problem.expression.removeprefix("Consent")
        return Problem(problem.kind, problem.diagnostics, self.place + path, problem.severity)


@dataclass(slots=True)
class Asked:
    """`replaces` are ids of Consents; `recipients` ids of Organizations, none: all that may be."""

    proposed: list[Proposed] = field(default_factory=list)
    replaces: dict[str, str] = field(default_factory=dict)  # id, and where it stands
    recipients: dict[str, str] = field(default_factory=dict)
    purpose: str = "TREAT"


def asked(installation: Installation, body: bytes) -> Asked | Refused:
    """The question; or every way in which it is none."""
    given = parameters(installation, body)
    if isinstance(given, Refused):
        return given
    found = Asked()
    problems = [problem for one in given for problem in _taken(installation, found, one)]
    if max(map(len, (found.proposed, found.replaces, found.recipients))) > MOST:
        words = f"may name {MOST} of a kind at most"
        problems.append(Problem(Kind.PARAMETER, words, "Parameters.parameter"))
    if not problems and not found.proposed and not found.replaces:
        problems.append(ASKS_NOTHING)
    return Refused(tuple(problems)) if problems else found


def _taken(installation: Installation, found: Asked, one: Named) -> tuple[Problem, ...]:
    match one.name:
        case "consent":
            return _consent(installation, found, one)
        case "replaces":
            return _named(installation, found.replaces, one, "Consent")
        case "recipient":
            return _named(installation, found.recipients, one, "Organization")
        case "purpose":
            return _purpose(found, one)
        case _:
            words = "must be consent, replaces, recipient or purpose"
            return (Problem(Kind.PARAMETER, words, one.place),)


def _consent(installation: Installation, found: Asked, one: Named) -> tuple[Problem, ...]:
    resource = one.json.get("resource")
    place = f"{one.place}.resource"
    if not isinstance(resource, dict):
        return (Problem(Kind.REQUIRED, "must be a Consent", place),)
    taken = received(installation, encode(resource), "Consent")
    if isinstance(taken, Refused):
        at = Proposed(place, {})
        return tuple(at.at_its_place(problem) for problem in taken.problems)
    found.proposed.append(Proposed(place, taken))
    return ()


def _named(
    installation: Installation, into: dict[str, str], one: Named, type_: str
) -> tuple[Problem, ...]:
    """A reference to something here, kept with its place."""
    value = one.json.get("valueReference")
    text = value.get("reference") if isinstance(value, dict) else one.json.get("valueString")
    base = f"{installation.base_url}/fhir"
    key = local(relative(text, base)) if isinstance(text, str) else None
    if key is None or key[0] != type_:
        words = f"must be a Reference to {type_}/<id>"
        return (Problem(Kind.PARAMETER, words, f"{one.place}.value"),)
    into[key[1]] = f"{one.place}.value"
    return ()


def _purpose(found: Asked, one: Named) -> tuple[Problem, ...]:
    code = one.json.get("valueCode")
    if not isinstance(code, str) or code in EMERGENCY or not fits(code, Role.SERVICE):
        words = "must be the code of a purpose of use such as TREAT, and of no emergency"
        return (Problem(Kind.PARAMETER, words, f"{one.place}.value"),)
    found.purpose = code
    return ()
