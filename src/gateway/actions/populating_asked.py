"""What $populate is asked, out of its Parameters: which instrument, and about whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.actions.installation import Installation
from gateway.actions.receiving import parameters
from gateway.fhir.parameters import Named
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local, relative
from mappings import instruments
from mappings.instrument import Instrument
from mappings.systems import QUESTIONNAIRE

Json = dict[str, Any]
NOT_HELD = "must be the Questionnaire of an instrument held here"
_NAMING = ("canonical", "questionnaire", "questionnaireRef")
_KNOWN = ("subject", *_NAMING, "local")


@dataclass(frozen=True, slots=True)
class Asked:
    """`patient` is the id of the Patient that the subject names."""

    instrument: Instrument
    patient: str


def held_as(id_: str) -> Instrument | None:
    """The instrument that services are offered whose Questionnaire has that id."""
    return _offered(f"{QUESTIONNAIRE}/{id_}")


def asked(
    installation: Installation, body: bytes, instrument: Instrument | None = None
) -> Asked | Refused:
    """The question, or every way in which it is none. `instrument`: the one that the address
    names already."""
    given = parameters(installation, body)
    if isinstance(given, Refused):
        return given
    problems = [*_unknown(given), *_repeated(given)]
    patient = _patient(installation, [one for one in given if one.name == "subject"])
    naming = [one for one in given if one.name in _NAMING]
    which = _which(installation, naming) if instrument is None else _told_twice(naming, instrument)
    problems += [one for one in (patient, which) if isinstance(one, Problem)]
    if problems or isinstance(patient, Problem) or isinstance(which, Problem):
        return Refused(tuple(problems))
    return Asked(which, patient)


def _unknown(given: list[Named]) -> Iterator[Problem]:
    for one in given:
        if one.name not in _KNOWN:
            yield Problem(Kind.UNSUPPORTED, f"must be {' or '.join(_KNOWN)}", f"{one.place}.name")
        elif one.name == "local" and one.json.get("valueBoolean") is not True:
            words = "must be true: nothing but what is held here is used"
            yield Problem(Kind.UNSUPPORTED, words, f"{one.place}.value")


def _repeated(given: list[Named]) -> Iterator[Problem]:
    seen: set[str] = set()
    for one in given:
        if one.name in seen and one.name in ("subject", "local"):
            yield Problem(Kind.PARAMETER, "must be given once", one.place)
        seen.add(one.name)


def _patient(installation: Installation, subjects: list[Named]) -> str | Problem:
    words = "must be a Reference to Patient/<id>"
    if not subjects:
        return Problem(Kind.REQUIRED, f"subject {words}", "Parameters.parameter")
    key = _local(installation, subjects[0])
    if key is None or key[0] != "Patient":
        return Problem(Kind.PARAMETER, words, f"{subjects[0].place}.value")
    return key[1]


def _told_twice(naming: list[Named], instrument: Instrument) -> Instrument | Problem:
    if not naming:
        return instrument
    return Problem(Kind.PARAMETER, "must not be there: the address names it", naming[0].place)


def _which(installation: Installation, naming: list[Named]) -> Instrument | Problem:
    if len(naming) != 1:
        words = f"must name one Questionnaire, by one of {', '.join(_NAMING)}"
        return Problem(Kind.PARAMETER, words, "Parameters.parameter")
    [one] = naming
    match one.name:
        case "canonical":
            url, place = one.json.get("valueCanonical", one.json.get("valueUri")), "value"
        case "questionnaire":
            url, place = _canonical(one.json.get("resource")), "resource.url"
        case _:
            key = _local(installation, one)
            is_ours = key is not None and key[0] == "Questionnaire"
            url, place = f"{QUESTIONNAIRE}/{key[1]}" if key and is_ours else "", "value"
    found = _offered(url) if isinstance(url, str) else None
    return Problem(Kind.RULE, NOT_HELD, f"{one.place}.{place}") if found is None else found


def _offered(url: str) -> Instrument | None:
    found = instruments.of_questionnaire(url)
    return found if found is not None and found.offered else None


def _canonical(resource: Any) -> str:
    if not isinstance(resource, dict) or resource.get("resourceType") != "Questionnaire":
        return ""
    url, version = str(resource.get("url", "")), resource.get("version")
    return f"{url}|{version}" if version else url


def _local(installation: Installation, one: Named) -> tuple[str, str] | None:
    """The type and id of what a Reference here names."""
    value = one.json.get("valueReference")
    text = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(text, str):
        return None
    return local(relative(text, f"{installation.base_url}/fhir"))
