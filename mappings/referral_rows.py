"""A plain referral between its flat record and what was asked of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import fhir_profiles
from mappings import cells, nhs_number
from mappings.cells import Row
from mappings.moments import Moment, parse_day, parse_moment
from mappings.parties import Person
from mappings.verdict import Unmappable, Wrong

CODES = "tables/referral_codes.json"
PRIORITIES = ("routine", "urgent", "asap", "stat")
TEXTS = ("reason", "while_waiting", "note")
COLUMNS = (
    "nhs_number",
    "birth_date",
    "authored_at",
    "organization_ods",
    "practitioner_id",
    "to_organization_ods",
    "code",
    "priority",
    "agreed",
    *TEXTS,
)
ACCEPTED = dict.fromkeys(COLUMNS)


@dataclass(frozen=True, slots=True)
class Referral:
    """Who is referred, by whom, to whom, for what. `agreed`: the sender attests that they agreed.

    `reason` is why, `while_waiting` what the person was told to do meanwhile, `note` what else
    the receiver should know, such as the person's own view; each may be empty.
    """

    person: Person
    authored_at: Moment
    organization: str
    practitioner: str
    receiver: str
    code: str
    priority: str
    agreed: bool
    reason: str
    while_waiting: str
    note: str


@cache
def displays() -> dict[str, str]:
    """What may be asked for: SNOMED CT codes with their terms, as the table of codes has them."""
    return {one["code"]: one["display"] for one in fhir_profiles.load(CODES)["codes"]}


def read(record: Mapping[str, object]) -> Referral | Unmappable:
    """What a flat record says, or everything that is wrong with it, column by column."""
    row = Row(record, ACCEPTED)
    number = row.take("nhs_number", nhs_number.parse)
    birth_date = row.take("birth_date", parse_day)
    authored_at = row.take("authored_at", _instant)
    ods = row.take("organization_ods", cells.organization)
    user_id = row.take("practitioner_id", cells.practitioner)
    receiver = row.take("to_organization_ods", cells.organization)
    code = row.take("code", _code)
    priority = row.take("priority", _priority)
    agreed = row.take("agreed", cells.yes_or_no)
    reason, while_waiting, note = (row.take(text, cells.free_text) for text in TEXTS)
    if authored_at and birth_date and birth_date > authored_at.day:
        row.refuse("birth_date", "must not be after authored_at")
    if row.faults or not (number and birth_date and authored_at and ods and receiver and code):
        return row.unmappable()
    return Referral(
        person=Person(number, birth_date),
        authored_at=authored_at,
        organization=ods,
        practitioner=user_id or "",
        receiver=receiver,
        code=code,
        priority=priority or "",
        agreed=bool(agreed),
        reason=reason or "",
        while_waiting=while_waiting or "",
        note=note or "",
    )


def write(referral: Referral) -> dict[str, str]:
    """The flat record of a referral: the columns that hold something, in template order."""
    texts = (
        referral.person.nhs_number,
        referral.person.birth_date,
        referral.authored_at.flat(),
        referral.organization,
        referral.practitioner,
        referral.receiver,
        referral.code,
        referral.priority,
        "y" if referral.agreed else "n",
        referral.reason,
        referral.while_waiting,
        referral.note,
    )
    return {column: text for column, text in zip(COLUMNS, texts, strict=True) if text}


def canonical(referral: Referral) -> dict[str, str]:
    """The flat record with its moment as FHIR has it, whichever way the sender wrote it."""
    return write(referral) | {"authored_at": referral.authored_at.text}


def _instant(text: str) -> Moment | Wrong:
    moment = parse_moment(text)
    if isinstance(moment, Moment) and not moment.timed:
        return Wrong("must be a date and a time of ISO 8601, such as 2026-03-01T10:30:00")
    return moment


def _code(text: str) -> str | Wrong:
    return text if text in displays() else Wrong("must be a referral code of tables/referral_codes")


def _priority(text: str) -> str | Wrong:
    if not text or text in PRIORITIES:
        return text
    return Wrong(f"must be {', '.join(PRIORITIES)}, or empty")
