"""What consents add to a search that answers with fifty entries: a gateway in this process.

The same search is asked with the consents left out, of the decision and of the log, and with 1, 20
and 200 of them; each time it is a little different, so that no kept answer is given again. CPU time
of the whole process with its log, the least of many rounds; and beside it, of a read whose answer
is kept.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import msgspec
from deciding import COUNTS, PAGE, consent_of
from made_up import nhs_number

from gateway import keys as key_files
from gateway.actions import sighting
from gateway.actions.gateway import Gateway
from gateway.actions.opening import open_gateway
from gateway.actions.sighting import Sighting
from gateway.auth.requester import Requester, Role
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import register_organization
from gateway.storage.predicate_sql import ALWAYS

ROUNDS, EACH = 20, 5
NAMES = {"RX1": "Trust", "DA1": "Drugs", "PO1": "Portal"}


@dataclass
class Told:
    """A gateway with somebody's fifty scores, and the service that asks for them."""

    gateway: Gateway
    organizations: dict[str, str]
    asked: int = 0

    def requester(
        self, ods: str, role: Role, patient: str | None = None, staff_role: str | None = None
    ) -> Requester:
        return Requester(
            client=ods,
            organization=self.organizations[ods],
            ods=ods,
            role=role,
            purpose="PATRQT" if role is Role.PORTAL else "TREAT",
            scopes=frozenset({"system/*.cruds"}),
            token="",
            patient=patient,
            practitioner_role=staff_role,
        )

    def writes(self, who: Requester, resource: dict[str, object]) -> str:
        body = msgspec.json.encode(resource)
        kind = str(resource["resourceType"])
        answer = asyncio.run(self.gateway.create(who, kind, body))
        assert answer.status == 201, answer.body
        return f"{kind}/{msgspec.json.decode(answer.body)['id']}"

    def search(self, patient: str, staff_role: str | None) -> Callable[[], None]:
        """What was weighed for one staff role is kept for it; without one, it is weighed anew for
        each search, because each is asked in another."""

        async def several() -> None:
            for _ in range(EACH):
                self.asked += 1
                role = staff_role or f"role-{self.asked}"
                who = self.requester("DA1", Role.SERVICE, staff_role=role)
                since = f"ge2001-01-01T00:{self.asked // 60 % 60:02}:{self.asked % 60:02}Z"
                query = [("patient", patient), ("_count", str(PAGE)), ("_lastUpdated", since)]
                answer = await self.gateway.search(who, "Observation", query)
                assert answer.body.count(b"fullUrl") == PAGE, answer.body[:300]

        return lambda: asyncio.run(several())

    def read(self, patient: str) -> Callable[[], None]:
        """One of the scores, whose answer is kept."""
        who = self.requester("DA1", Role.SERVICE, staff_role="with")
        page = asyncio.run(self.gateway.search(who, "Observation", [("patient", patient)]))
        id_ = msgspec.json.decode(page.body)["entry"][0]["resource"]["id"]

        async def several() -> None:
            for _ in range(EACH):
                answer = await self.gateway.read(who, "Observation", id_)
                assert answer.status == 200, answer.body

        return lambda: asyncio.run(several())


def told(directory: Path) -> Told:
    key_files.create(directory / "keys")
    url = f"sqlite:///{directory / 'consenting.db'}"
    gateway = open_gateway(url, key_files.load(directory / "keys"), "http://gateway.test")
    resources = gateway.installation.resources
    with connect(url) as connection, transaction(connection):
        organizations = {
            ods: "Organization/"
            + register_organization(
                connection,
                resources,
                ods=ods,
                name=name,
                now=datetime.now(UTC),
                new_id=lambda: str(uuid4()),
            )
            for ods, name in NAMES.items()
        }
    return Told(gateway, organizations)


def someone(told: Told, number: str, consents: int, *, all_about_the_asker: bool) -> str:
    """A person with fifty scores and so many consents; the asking service's Patient for them.

    One consent, a plain permit, lets every score be seen; the others say more about it.
    """
    identifier = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}
    patient = {
        "resourceType": "Patient",
        "identifier": [identifier],
        "name": [{"family": "Example"}],
        "birthDate": "1987-04-12",
    }
    trust = told.requester("RX1", Role.SERVICE)
    theirs = told.writes(trust, patient)
    mine = told.writes(told.requester("PO1", Role.PORTAL), patient)
    asking = told.writes(told.requester("DA1", Role.SERVICE), patient)
    for value in range(PAGE):
        told.writes(trust, _score(theirs, value % 13))
    portal = told.requester("PO1", Role.PORTAL, mine)
    permit = consent_of(0, told.organizations["DA1"])
    del permit["provision"]["provision"]
    said = [permit] + [
        consent_of(n, told.organizations["DA1" if all_about_the_asker else "RX1"])
        for n in range(1, consents)
    ]
    for words in said:
        whose = {"patient": {"reference": mine}, "performer": [{"reference": mine}]}
        category = {"category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}]}
        told.writes(portal, {**_harmless(words), **whose, **category, "policyRule": _OPT_OUT})
    return asking


_OPT_OUT = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}]
}


def _harmless(words: dict[str, object]) -> dict[str, object]:
    """Without its denials' first criterion being alcohol, so that the page stays a page."""
    text = msgspec.json.encode(words).replace(b"ETHUD", b"HIV")
    return dict(msgspec.json.decode(text))


def _score(subject: str, value: int) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2026-05-01",
        "valueQuantity": {
            "value": value,
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
    }


def least(*jobs: Callable[[], None]) -> list[float]:
    """The least CPU time of one search of each kind, in microseconds; they take turns."""
    found = [sys.float_info.max] * len(jobs)
    for _ in range(ROUNDS):
        for place, job in enumerate(jobs):
            before = time.process_time_ns()
            job()
            found[place] = min(found[place], (time.process_time_ns() - before) / 1e3 / EACH)
    return found


def print_searches(directory: Path) -> None:
    told_ = told(directory)
    print("| consents | about | without, us | with, us | added | weighed anew, us | a read, us |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    for about, everyone in (("others but one", False), ("the one who asks", True)):
        for count in COUNTS:
            who = someone(told_, nhs_number(), count, all_about_the_asker=everyone)
            kinds = [told_.search(who, kind) for kind in ("without", "with", None)]
            with (
                patch.object(Sighting, "_passes", lambda *_: ALWAYS),
                patch.object(sighting, "consents_of", lambda *_: []),
            ):
                kinds[0]()  # weighed once, and kept
            without, found, first, again = least(*kinds, told_.read(who))
            added = (found - without) / without
            print(
                f"| {count} | {about} | {without:,.0f} | {found:,.0f} | {added:+.1%}"
                f" | {first:,.0f} | {again:,.0f} |"
            )
    told_.gateway.close()
