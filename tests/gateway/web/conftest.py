"""A real gateway with three services and one person, and visitors of its pages."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from gateway import keys as key_files
from gateway.actions.addressing import Address
from gateway.actions.gateway import Gateway
from gateway.actions.opening import open_gateway
from gateway.auth.requester import Requester, Role
from gateway.storage.database import connect, database_path
from gateway.storage.directory import register_organization
from gateway.web import site
from gateway.web.session import Door
from gateway.web.signing_in import link
from mappings.bundles import transaction
from mappings.kinds import kind_of
from mappings.verdict import Mapped

T = TypeVar("T")

AT = datetime(2026, 5, 3, 10, 0, tzinfo=UTC)
BASE = "http://pages.test"
PERSON = {"nhs_number": "9990000018", "birth_date": "1991-04-12"}
NAMES = {
    "TMH01": "Northside Mental Health",
    "DAS01": "Clearwater Drug and Alcohol Service",
    "HSG01": "Riverside Housing",
}
HIDDEN_FIELD = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


def awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    """What the coroutine comes to; in a thread of its own, as a browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@dataclass
class World:
    """The gateway behind the pages, with a clock that stands still until it is moved."""

    url: str
    keys: key_files.Keys
    patient: str = ""
    organizations: dict[str, str] = field(default_factory=dict)
    gateway: Gateway = field(init=False)
    app: Starlette = field(init=False)
    now: datetime = AT
    base_url: str = BASE

    def open(self) -> World:
        clock = lambda: self.now  # noqa: E731 - the clock is a value here
        self.gateway = open_gateway(self.url, self.keys, self.base_url, clock=clock)
        self.app = Starlette(routes=site.routes())
        self.app.state.gateway = self.gateway
        return self

    def furnish(self) -> World:
        self.register(NAMES)
        self.patient = self._person()
        return self

    def copy_to(self, folder: Path) -> World:
        """Another world with the same services and person. This one must be closed."""
        shutil.copytree(database_path(self.url).parent, folder)
        return World(
            f"sqlite:///{folder / 'gateway.db'}", self.keys, self.patient, dict(self.organizations)
        )

    def wait(self, **units: float) -> None:
        self.now += timedelta(**units)

    def service(self, ods: str, *, named: str | None = None, purpose: str = "TREAT") -> Requester:
        """A service's requester; `named` is the practitioner who asks."""
        return Requester(
            client=f"client-{ods}",
            organization=self.organizations[ods],
            ods=ods,
            role=Role.SERVICE,
            purpose=purpose,
            scopes=frozenset({"system/*.cruds"}),
            token="",
            practitioner="https://fhir.nhs.uk/Id/sds-user-id|555000111" if named else None,
            practitioner_name=named,
        )

    def send(self, ods: str, kind: str, **record: str) -> list[str]:
        """What one flat record becomes, sent by that service; the references stored."""
        held = kind_of(kind)
        assert held is not None
        mapped = held.to_fhir(PERSON | {"organization_ods": ods, "practitioner_id": ""} | record)
        assert isinstance(mapped, Mapped), mapped
        body = msgspec.json.encode(transaction(mapped.entries))
        answer = awaited(self.gateway.transact(self.service(ods), body))
        assert answer.status == 200, answer.body
        entries = msgspec.json.decode(answer.body)["entry"]
        return [each["response"]["location"].partition("/_history")[0] for each in entries]

    def search(self, requester: Requester, type_: str, *query: tuple[str, str]) -> list[Any]:
        answer = awaited(self.gateway.search(requester, type_, list(query)))
        assert answer.status == 200, answer.body
        return [each["resource"] for each in msgspec.json.decode(answer.body).get("entry", [])]

    def seen_by(self, ods: str, type_: str) -> list[Any]:
        """What a service gets when it asks about the person by NHS number."""
        number = f"https://fhir.nhs.uk/Id/nhs-number|{PERSON['nhs_number']}"
        return self.search(self.service(ods), type_, ("patient.identifier", number))

    def know(self, ods: str) -> str:
        """The service registers the person, so that it may ask about them."""
        return self._created(self.service(ods), "Patient", _patient())

    def write(self, ods: str, resource: dict[str, Any]) -> str:
        """A resource as that service would send it alone; its reference."""
        return self._created(self.service(ods), resource["resourceType"], resource)

    def look(self, ods: str, asked: Address) -> None:
        """That service looks, and is shown it."""
        answer = awaited(self.gateway.look(self.service(ods), asked))
        assert answer.status == 200, answer.body

    def consents(self) -> list[Any]:
        me = self.gateway.page_requester(self.patient)
        return self.search(me, "Consent", ("patient", self.patient))

    def give(self, **provision: Any) -> str:
        """A Consent of any shape, written as the person through the same gate."""
        consent = {
            "resourceType": "Consent",
            "status": "active",
            "scope": _concept("consentscope", "patient-privacy"),
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": {"reference": self.patient},
            "dateTime": self.now.isoformat(),
            "performer": [{"reference": self.patient}],
            "policyRule": _concept("v3-ActCode", "OPTOUT"),
            "provision": provision,
        }
        return self._created(self.gateway.page_requester(self.patient), "Consent", consent)

    def recipient(self, ods: str) -> dict[str, Any]:
        return {
            "role": _concept("v3-ParticipationType", "IRCP"),
            "reference": {"reference": self.organizations[ods]},
        }

    def register(self, names: dict[str, str]) -> None:
        """Organisations as the operator registers them: the name of each ODS code."""
        connection = connect(self.url)
        connection.begin(writing=True)
        for ods, name in names.items():
            made = register_organization(
                connection,
                self.gateway.installation.resources,
                ods=ods,
                name=name,
                now=self.now,
                new_id=lambda: str(uuid4()),
            )
            self.organizations[ods] = f"Organization/{made}"
        connection.execute("COMMIT")
        connection.close()

    def _person(self) -> str:
        return self._created(self.gateway.page_requester(""), "Patient", _patient())

    def _created(self, requester: Requester, type_: str, resource: Any) -> str:
        body = msgspec.json.encode(resource)
        answer = awaited(self.gateway.create(requester, type_, body))
        assert answer.status == 201, answer.body
        return f"{type_}/{msgspec.json.decode(answer.body)['id']}"


@dataclass
class Visitor:
    """A browser without script: it keeps cookies and sends the forms that pages hold."""

    world: World
    client: httpx.AsyncClient
    page: httpx.Response | None = None

    def sign_in(self, door: Door, subject: str) -> httpx.Response:
        address = link(self.world.keys.session, door, subject, self.world.now, BASE)
        return self.send("POST", "/sign-in", {"proof": address.rpartition("/")[2]})

    def get(self, path: str) -> httpx.Response:
        self.page = self.send("GET", path)
        return self.page

    def post(self, path: str, **entered: Any) -> httpx.Response:
        """Sends a form with the token, and the version, that the page before it holds."""
        shown = (self.page or self.get(path)).text
        held = dict(HIDDEN_FIELD.findall(shown))
        form = {name: held[name] for name in ("form_token", "version") if name in held}
        self.page = self.send("POST", path, form | entered)
        return self.page

    def send(self, method: str, path: str, form: Any = None, **headers: str) -> httpx.Response:
        return awaited(self.client.request(method, path, data=form, headers=headers))


@pytest.fixture(scope="session")
def furnished(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world that is copied for each test; it is closed."""
    keys, folder = (tmp_path_factory.mktemp(name) for name in ("keys", "furnished"))
    key_files.create(keys)
    shutil.copy(migrated_file, folder / "gateway.db")
    made = World(f"sqlite:///{folder / 'gateway.db'}", key_files.load(keys)).open().furnish()
    made.gateway.close()
    return made


@pytest.fixture
def world(furnished: World, in_memory: Path) -> Iterator[World]:
    made = furnished.copy_to(in_memory / "world").open()
    yield made
    made.gateway.close()


@pytest.fixture
def visitor(world: World) -> Callable[[], Visitor]:
    """Someone new at the door."""

    def arrive() -> Visitor:
        return Visitor(world, _browser(world.app))

    return arrive


@pytest.fixture
def person(world: World, visitor: Callable[[], Visitor]) -> Visitor:
    """The person, signed in."""
    arrived = visitor()
    arrived.sign_in(Door.ME, world.patient)
    return arrived


@pytest.fixture
def officer(visitor: Callable[[], Visitor]) -> Visitor:
    arrived = visitor()
    arrived.sign_in(Door.DPO, "A. Officer")
    return arrived


def _browser(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


def _patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": PERSON["nhs_number"]}
        ],
        "birthDate": PERSON["birth_date"],
    }


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}
