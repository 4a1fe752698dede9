"""What a receipt records, in the sections that ISO/IEC TS 27560 asks for: header, processing of
personal data, parties, event. Codes first, plain words beside them, no more of the person than the
reference that stands in the Consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consent import codes, topics
from consent.rules import Criteria, Effect, Rule
from consent.sentence import statement
from fhir_profiles import load
from gateway.actions.receipting_parties import Parties
from gateway.audit.entry import Entry

Json = dict[str, Any]
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)  # a receipt is kept for years: each date says its year
TERMS = "consent/receipt.json"
RECORD_SCHEMA = "ISO/IEC TS 27560:2023; https://onestory.example/fhir/receipt/1"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A version of a Consent as it was recorded: its provisions as they are read, the entry that
    says so, the opaque versionId, in which role it was first written, whether the reader may know
    what else the same act wrote, and where the pages are."""

    consent: Json
    rules: tuple[Rule, ...]
    entry: Entry
    version: str
    author_role: str
    whole_act: bool
    pages: str

    @property
    def take_back(self) -> str:
        """Where this choice is taken back."""
        return f"{self.pages}/choices/{self.consent['id']}/take-back"


def record(recorded: Recorded, parties: Parties) -> Json:
    """The consent record."""
    terms = load(TERMS)
    consent = recorded.consent
    named = f"Consent/{consent['id']}"
    return {
        "schema_version": RECORD_SCHEMA,
        "record_id": f"{named}/_history/{recorded.version}",
        "pii_principal_id": consent["patient"].get("reference", ""),
        "consent": named,
        "consent_version": recorded.version,
        "status": consent["status"],
        "language": terms["language"],
        "pii_processing": [
            _processing(rule, recorded, parties) for rule in _deciding(recorded.rules)
        ],
        "legal": {
            "jurisdictions": terms["jurisdiction"],
            "jurisdiction_note": terms["jurisdiction_note"],
            "lawful_basis_note": terms["governing_note"],
            "controllers_note": terms["controllers_note"],
            "special_category": "data concerning health",
            "privacy_rights": terms["rights"],
        },
        "withdrawal": {"location": recorded.take_back, "words": _withdrawal(recorded)},
        "retention": terms["retention"],
        "storage": terms["storage"],
        "parties": [*parties.every],
        "events": [_event(recorded)],
    }


def words(recorded: Recorded, parties: Parties) -> list[str]:
    """The same for reading: what was said, whether it counts, until when, how it is taken back."""
    terms, consent = load(TERMS), recorded.consent
    given = consent.get("dateTime")
    said = [statement(rule, given, parties.names, LONG_AGO) for rule in _deciding(recorded.rules)]
    status = terms["statuses"].get(consent["status"], "This choice does not count.")
    if not said:
        said = ["This choice has parts that cannot be put into plain words."]
    return [*said, status, *_until(consent), *(_withdrawal(recorded) if _counts(consent) else ())]


def _deciding(rules: Iterable[Rule]) -> list[Rule]:
    """Every provision that says yes or no, each before those inside it."""
    found: list[Rule] = []
    for rule in rules:
        found += [rule] if rule.effect is not Effect.FRAME else []
        found += _deciding(rule.children)
    return found


def _processing(rule: Rule, recorded: Recorded, parties: Parties) -> Json:
    criteria = rule.criteria
    permits = rule.effect is Effect.PERMIT
    period = recorded.consent.get("provision", {}).get("period")
    found: Json = {
        "provision": rule.path,
        "decision": "permit" if permits else "deny",
        "words": statement(rule, recorded.consent.get("dateTime"), parties.names, LONG_AGO),
        "purposes": _purposes(criteria, permits=permits),
        "pii_information": _information(criteria),
        "recipients": [parties.of(actor) for actor in criteria.recipients],
        "pii_controllers": [parties.of(actor) for actor in criteria.sources],
        "collection_method": _method(recorded.author_role),
    }
    return found | ({"period": period} if period else {})


def _purposes(criteria: Criteria, *, permits: bool) -> list[Json]:
    """The purposes named; a permit that names none covers direct care alone, a denial every one."""
    named = criteria.purposes or (codes.direct_care() if permits else frozenset())
    in_words: dict[str, str] = load(TERMS)["purposes"]
    ordered = sorted(named, key=lambda code: ([*in_words, code].index(code), code))
    return [
        {"system": ACT_REASON, "code": code, "words": in_words.get(code, code)} for code in ordered
    ]


def _information(criteria: Criteria) -> list[Json]:
    """What it is about: topics, kinds of record, single records; else everything."""
    found = [coding | {"words": _topic(coding)} for coding in topics.codings(criteria.topics)]
    kinds = load("consent/words.json")["kinds"]
    for each in sorted(criteria.classes | criteria.codes):
        system, _, code = each.rpartition("|")
        found.append({"system": system, "code": code, "words": kinds.get(code, "some records")})
    found += [
        {"record": one.reference or "", "meaning": one.meaning.value} for one in criteria.data
    ]
    return found or [{"words": load(TERMS)["everything"]}]


def _topic(coding: Mapping[str, str]) -> str:
    """What the page calls a topic; its code where the page has no words for it."""
    covered = topics.below(topics.bit(coding["system"], coding["code"]))
    found = [one.words for one in topics.page_topics() if one.mask & covered]
    return ", ".join(found) or coding["code"]


def _method(role: str) -> str:
    known: dict[str, str] = load(TERMS)["collection_method"]
    return known.get(role, known["service"])


def _event(recorded: Recorded) -> Json:
    entry = recorded.entry
    agreed = entry.agreed if recorded.whole_act else ()
    others = [one.partition("/_history/")[0] for one in agreed]
    own = f"Consent/{recorded.consent['id']}"
    event = {
        "event_type": "given" if _counts(recorded.consent) else "taken back",
        "event_state": recorded.consent["status"],
        "event_time": entry.at,
        "entity_id": entry.organization,
        "role": entry.role,
    }
    together = [one for one in dict.fromkeys(others) if one != own]
    return event | ({"in_one_act_with": together} if together else {})


def _counts(consent: Json) -> bool:
    return bool(consent["status"] == "active")


def _withdrawal(recorded: Recorded) -> list[str]:
    said = load(TERMS)["withdrawal"]
    return [each.replace("{pages}", recorded.pages) for each in said]


def _until(consent: Json) -> list[str]:
    end = consent.get("provision", {}).get("period", {}).get("end", "")
    if end:
        return [f"It ends after {_day(end)}."]
    return ["It stays until you take it back."] if _counts(consent) else []


def _day(text: str) -> str:
    """3 May 2026; as much of it as is said."""
    if len(text) < len("2026-05-03"):
        return text
    day = datetime.fromisoformat(text[:10])
    return f"{day.day} {day:%B %Y}"
