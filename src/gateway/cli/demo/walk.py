"""Where the check stands: the server, its clients, and what earlier steps found."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from gateway.cli.demo.account import Account
from gateway.cli.demo.calling import NHS_NUMBER, Caller, Json
from gateway.cli.demo.home import Home
from gateway.cli.demo.story import Person, Sent, Story

HELD = ("QuestionnaireResponse", "Observation")


class NotSoError(Exception):
    """What a step says is not the case. One line."""


def expect(claim: bool, words: str) -> None:
    """End the step where the claim does not hold; the words say what should have been."""
    if not claim:
        raise NotSoError(words)


@dataclass
class Walk:
    """The check under way. Filled in step by step; the story's keys name clients and people.

    `bundles` are what each file became; `read` what the second service read and how often;
    `given` is the consent; `shown` the identities of what it released.
    """

    home: Home
    story: Story
    base: str
    accounts: dict[str, Account]
    callers: dict[str, Caller]
    closing: ExitStack
    bundles: dict[Sent, list[Json]] = field(default_factory=dict)
    portal: Caller | None = None
    given: Json = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    def screenings(self, *keys: str) -> list[tuple[str, Sent]]:
        """Each file of screening results with the key of its sender."""
        return [
            (service.key, file)
            for service in self.story.services
            for file in service.sends
            if file.kind not in ("referral", "care-plan") and (not keys or service.key in keys)
        ]

    def patient_at(self, service: str, person: Person) -> str:
        """The person's own Patient at a service that knows them."""
        number = f"{NHS_NUMBER}|{person.nhs_number}"
        found = self.callers[service].search("Patient", identifier=number)
        expect(len(found) == 1, f"{service} should know the person once, not {len(found)} times")
        return f"Patient/{found[0]['id']}"

    def held(self, service: str, person: Person) -> dict[str, Json]:
        """All responses and scores about the person that the service finds, by reference."""
        named = {"patient__identifier": f"{NHS_NUMBER}|{person.nhs_number}"}
        return {
            f"{kind}/{resource['id']}": resource
            for kind in HELD
            for resource in self.callers[service].search(kind, **named)
        }


def counted(number: int, one: str, more: str = "") -> str:
    """The number with its noun: 1 row, 2 rows."""
    return f"{number} {one if number == 1 else more or one + 's'}"
