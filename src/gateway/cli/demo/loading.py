"""Puts the whole story into a new home over HTTP, as the services and people would."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway import keys
from gateway.actions.deputising import NewDelegate
from gateway.actions.opening import open_gateway
from gateway.cli.demo.account import Account
from gateway.cli.demo.calling import NHS_NUMBER, Caller, Json
from gateway.cli.demo.home import Home
from gateway.cli.demo.registering import PORTAL, prepare
from gateway.cli.demo.running import running
from gateway.cli.demo.sending import sent
from gateway.cli.demo.story import Chosen, Person, Story
from gateway.storage.delegates import Basis
from gateway.web.me.choices import Choice, as_consent, taken_back
from gateway.web.services import Service as Named


def load(home: Home, story: Story) -> None:
    """Everything or nothing: made beside the home under another name, moved there when whole."""
    place = home.path.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{place.name}.new-", dir=place.parent))
    try:
        made = Home(work)
        accounts = prepare(made, story)
        with running(made) as base:
            patients = Loading(base, story, accounts, work).load()
        _attorneys(made, story, patients)
        made.keep_people(patients)
        work.rename(place)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _attorneys(home: Home, story: Story, patients: dict[str, str]) -> None:
    """What an officer records of who may decide for someone, as `onestory delegate add` does."""
    with closing(open_gateway(home.database, keys.load(home.keys), "")) as gateway:
        officer = gateway.officer_requester(story.officer)
        for person in story.people:
            if person.attorney:
                who = person.attorney
                patient = patients[person.key]
                new = NewDelegate(patient, who.subject, who.name, Basis.LPA, who.evidence)
                asyncio.run(gateway.add_delegate(officer, new))


@dataclass
class Loading:
    """The story told to a running server. `accounts` by key; `scratch` may be written to."""

    base: str
    story: Story
    accounts: dict[str, Account]
    scratch: Path
    callers: dict[str, Caller] = field(default_factory=dict)

    def load(self) -> dict[str, str]:
        """The Patient of each person at the portal, by key."""
        with ExitStack() as stack:
            for key, account in self.accounts.items():
                self.callers[key] = stack.enter_context(Caller(self.base, account))
            for person in self.story.people:
                self._known(person)
            self._sent()
            return {person.key: self._lived(person) for person in self.story.people}

    def _known(self, person: Person) -> None:
        for key in person.known_to:
            self.callers[key].create(patient(person))
        if person.plan:
            by = self.callers[person.plan.by]
            (mine,) = by.search("Patient", identifier=f"{NHS_NUMBER}|{person.nhs_number}")
            by.create(
                {
                    "resourceType": "CarePlan",
                    "status": "active",
                    "intent": "plan",
                    "title": person.plan.title,
                    "description": person.plan.about,
                    "subject": {"reference": f"Patient/{mine['id']}"},
                    "author": {"reference": by.account.organization},
                }
            )

    def _sent(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.scratch) as scratch:
            for service in self.story.services:
                for file in service.sends:
                    sent(self.callers[service.key], file, Path(scratch))
        for service in self.story.services:
            if service.accepts:
                caller = self.callers[service.key]
                for task in caller.search("Task", owner=caller.account.organization):
                    caller.update(task | {"status": "accepted"})

    def _lived(self, person: Person) -> str:
        """The person comes to the portal and chooses; services look; some choices are undone."""
        mine = f"Patient/{self.callers[PORTAL].create(patient(person))['id']}"
        with Caller(self.base, self.accounts[PORTAL], mine) as portal:
            given = [(one, portal.create(self._consent(one, mine))) for one in person.choices]
            if person.told:
                self._wrote_down(person, person.told)
            for look in person.looks:
                asked = {"patient__identifier": f"{NHS_NUMBER}|{person.nhs_number}"}
                self.callers[look.by].search(look.at, **asked)
            for chosen, consent in given:
                if chosen.taken_back:
                    portal.update(taken_back(consent))
        return mine

    def _wrote_down(self, person: Person, told: Chosen) -> None:
        """A service records what the person said; they have not said yet whether it is right."""
        caller = self.callers[told.service]
        (known,) = caller.search("Patient", identifier=f"{NHS_NUMBER}|{person.nhs_number}")
        said = self._consent(told, f"Patient/{known['id']}")
        del said["verification"]
        caller.create(said | {"performer": [{"reference": caller.account.organization}]})

    def _consent(self, chosen: Chosen, mine: str) -> Json:
        now = datetime.now(UTC)
        account = self.accounts[chosen.service]
        service = Named(account.organization, account.name, account.ods)
        ends = None if chosen.for_days is None else (now + timedelta(chosen.for_days)).date()
        return as_consent(Choice(service, chosen.may, chosen.topics, ends), mine, now)


def patient(person: Person) -> Json:
    """The person as any service or portal registers them."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS_NUMBER, "value": person.nhs_number}],
        "name": [{"family": person.family, "given": [person.given]}],
        "birthDate": person.birth_date,
    }
