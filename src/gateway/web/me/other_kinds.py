"""Kinds of record that the pages have no form of their own for: what each is called, simply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings import story_words

HEADING = "Other things written about you"

# Each kind by the search parameter that names the person, and what one of it is called.
KINDS = {
    "AllergyIntolerance": ("patient", "An allergy"),
    "Appointment": ("patient", "An appointment"),
    "CareTeam": ("patient", "Who works with you"),
    "Communication": ("patient", "A message"),
    "Composition": ("patient", "A document"),
    "Condition": ("patient", "A health condition"),
    "DocumentReference": ("patient", "A document"),
    "Encounter": ("patient", "A contact with a service"),
    "Flag": ("patient", "A note for staff"),
    "Goal": ("patient", "A goal"),
    "Group": ("member", "A group that you are in"),
    "List": ("patient", "A list"),
    "MedicationRequest": ("patient", "A medicine"),
    "MedicationStatement": ("patient", "A medicine"),
    "Procedure": ("patient", "Help that you had"),
    "RelatedPerson": ("patient", "Someone close to you"),
}
INCLUSIONS = tuple(("_revinclude", f"{kind}:{by}") for kind, (by, _) in KINDS.items())

# Where any of them says when it was, the best first.
WHEN = (
    *("recordedDate", "authoredOn", "performedDateTime", "effectiveDateTime", "onsetDateTime"),
    *("startDate", "dateAsserted", "date", "sent", "created", "start", "issued"),
)
# Where any of them names who wrote it.
WHO = ("author", "recorder", "asserter", "requester", "sender", "custodian", "serviceProvider")
_NAMED_BY = ("title", "code", "medicationCodeableConcept", "description", "type", "name", "summary")


def called(resource: dict[str, Any]) -> str:
    """The words of its writer, else what its kind is called."""
    words = next(filter(None, (words_of(resource.get(name)) for name in _NAMED_BY)), "")
    return words or KINDS[resource["resourceType"]][1]


def lines(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What can be read in it, each with a name."""
    yield "What it is", KINDS[resource["resourceType"]][1]
    for name, part in (("Reason", "reasonCode"), ("About", "description")):
        value = resource.get(part, [])
        said = [words_of(one) for one in (value if isinstance(value, list) else [value])]
        if any(said):
            yield name, ", ".join(filter(None, said))
    notes = [str(one.get("text", "")) for one in resource.get("note", [])]
    if any(notes):
        yield "Notes", " ".join(notes)


def words_of(concept: Any) -> str:
    """A CodeableConcept in the words that came with it, or in ours for its codes; a text as it
    is."""
    if isinstance(concept, str):
        return concept
    if not isinstance(concept, dict):
        return ""
    displays = [one.get("display", "") for one in concept.get("coding", [])]
    given = str(concept.get("text") or next(filter(None, displays), ""))
    return given or story_words.concept(concept)
