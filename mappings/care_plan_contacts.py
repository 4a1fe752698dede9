"""What those who work with the person tell each other, both ways, as Communications."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.care_plan_codes import CARE_PLAN, RESTRICTED, code_of, ours
from mappings.care_plan_held import NO_COLUMN, Held
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.moments import dated, flat_in
from mappings.verdict import Entry

DIFFICULT = "difficult-situations"
CONTACT = "team-contact"


def write(making: Making) -> Iterator[Entry]:
    """What helps in difficult situations, restricted, and the last contact within the team."""
    if text := making.text("difficult_situations"):
        body = _communication(making, DIFFICULT, text) | {"sent": making.recorded}
        yield making.entry("Communication", DIFFICULT, {"meta": RESTRICTED, **body})
    if text := making.text("team_contact"):
        body = _communication(making, CONTACT, text)
        body |= dated("sent", making.plan.moments["team_contact_at"])
        yield making.entry("Communication", CONTACT, body)


def read(held: Held) -> dict[str, str]:
    """The cells of the Communications about the plan; a second of one kind is refused."""
    record: dict[str, str] = {}
    for communication in held.about(held.addresses, "Communication"):
        cells = _cells(communication)
        if not cells or cells.keys() & record.keys():
            held.refuse("Communication.about", NO_COLUMN)
        record |= cells
    return record


def _communication(making: Making, code: str, text: str) -> Json:
    return {
        "status": "completed",
        "category": [ours(code)],
        "subject": making.subject,
        "about": [making.refer("CarePlan", "plan")],
        "sender": making.author,
        "payload": [{"contentString": text}],
    }


def _cells(communication: Resource) -> dict[str, str]:
    payload = communication.get("payload", ())
    text = str(payload[0].get("contentString", "")) if len(payload) == 1 else ""
    match code_of(communication.get("category"), CARE_PLAN):
        case "difficult-situations" if text:
            return {"difficult_situations": text}
        case "team-contact" if text:
            return {"team_contact": text, "team_contact_at": flat_in(communication, "sent")}
        case _:
            return {}
