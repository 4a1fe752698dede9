"""What a client knows, and what it asks about: by chance, of what it may have heard of."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from absence_requests import escaped
from absence_resources import ALCOHOL, MOOD, NHS, NUMBERS, TOLD, told
from absence_server import Came, Json, Sent, made_id
from absence_story import Known

PARAMETERS = Path(__file__).parents[3] / "fhir_profiles" / "search" / "parameters.json"
PERSONAL = (
    *TOLD,
    "Task",
    "Provenance",
    "Consent",
    "Composition",
    "DocumentReference",
    "Bundle",
    "Group",
    "Patient",
)
CODES = (
    f"http://loinc.org|{ALCOHOL}",
    f"http://loinc.org|{MOOD}",
    ALCOHOL,
    MOOD,
    "final",
    "active",
    "completed",
    "urn:s|1",
    "urn:s|3",
    "2",
)


@dataclass
class Client:
    """What one client knows before a request, from outside and from earlier answers."""

    known: Known
    rng: random.Random
    etags: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def learn(self, came: Came) -> None:
        """Versions, ids and page links that an answer brought."""
        if not came.body or not came.body.startswith(b"{"):
            return
        told_of = came.json
        self._learn_one(told_of)
        for entry in told_of.get("entry", []):
            self._learn_one(entry.get("resource", {}))
        for link in told_of.get("link", []):
            if link["relation"] in ("next", "first"):
                self.links.append(link["url"])
        del self.links[:-6]

    def _learn_one(self, resource: Json) -> None:
        if "id" in resource and "versionId" in resource.get("meta", {}):
            reference = f"{resource['resourceType']}/{resource['id']}"
            self.etags[reference] = resource["meta"]["versionId"]
        elif resource.get("resourceType") == "AuditEvent":
            self.events.append(resource["id"])

    # --- what is asked about -----------------------------------------------------------------

    @property
    def any(self) -> str:
        return self.rng.choice((self.shown, self.withheld, self.mine, self.shown, self.withheld))

    @property
    def shown(self) -> str:
        return self.rng.choice(self.known.shown or [self.withheld])

    @property
    def withheld(self) -> str:
        return self.rng.choice([*self.known.withheld * 3, self.never])

    @property
    def never(self) -> str:
        return f"Observation/{made_id('never', self.rng.randrange(2))}"

    @property
    def mine(self) -> str:
        return self.rng.choice([*self.known.mine, *self.written] or [self.withheld])

    @property
    def patient(self) -> str:
        often = self.known.patients * 4
        return self.rng.choice([*often, *self.known.others])

    @property
    def type(self) -> str:
        named = [each.partition("/")[0] for each in (*self.known.shown, *self.known.withheld)]
        return self.rng.choice([*named, *PERSONAL])

    @property
    def organization(self) -> str:
        return self.rng.choice(list(self.known.organizations.values()))

    def version(self, reference: str) -> str:
        return self.etags.get(reference) or made_id("version").replace("-", "")[:16]

    def resource(self) -> Json:
        type_ = self.rng.choice(list(TOLD))
        code = self.rng.choice((ALCOHOL, MOOD))
        ours = self.known.ours
        subject = self.known.patients[0] if self.rng.random() < 0.8 else self.patient
        return told(type_, subject, ours, code)

    def value(self, type_: str, name: str, row: Json) -> str:
        """Something to ask of a parameter."""
        rng = self.rng
        match row["type"]:
            case "token":
                return rng.choice(CODES)
            case "date":
                prefix = rng.choice(("", "ge", "lt", "gt", "le", "ne", "sa", "eb", "ap"))
                return prefix + rng.choice(("2026", "2026-03", "2026-04-15", "2020", "2027"))
            case "string":
                return rng.choice(("exa", "rob", "example", "zzz"))
            case "reference":
                return rng.choice((self.any, self.patient, self.organization, self.any))
            case "quantity" | "number":
                prefix = rng.choice(("", "gt", "lt", "ge", "le", "ne"))
                return f"{prefix}{rng.randint(0, 12)}"
            case "uri":
                return "https://onestory.example/fhir/Questionnaire/phq-9"
        return f"{rng.choice(CODES[:2])}${rng.choice(('gt3', 'lt9', '2026'))}"

    def parameter(self, type_: str, kinds: tuple[str, ...] = ()) -> tuple[str, str]:
        rows = table()["types"].get(type_, {})
        names = [name for name in sorted(rows) if not kinds or rows[name]["type"] in kinds]
        if not names:
            return "_id", self.any.partition("/")[2]
        name = self.rng.choice(names)
        return name, escaped(self.value(type_, name, rows[name]))

    def about(self) -> str:
        """patient=, in one of its forms."""
        number = f"patient.identifier={NHS}|{self.rng.choice(NUMBERS)}"
        return self.rng.choice((f"patient={self.patient}", f"patient={self.patient}", number))

    def references(self, type_: str) -> list[str]:
        rows = table()["types"].get(type_, {})
        return [name for name in sorted(rows) if rows[name]["type"] == "reference"]


@cache
def table() -> Json:
    return dict(json.loads(PARAMETERS.read_text()))


Kind = Callable[[Client], Sent]
Kinds = dict[str, Kind]


def kind_of(kinds: Kinds) -> Callable[[Kind], Kind]:
    """Adds a kind of request to these, under its name."""

    def add(make: Kind) -> Kind:
        kinds[make.__name__] = make
        return make

    return add
