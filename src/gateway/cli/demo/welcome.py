"""What the demo prints when it serves: each door, and a way in for each person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime

from gateway.cli.demo.home import Home
from gateway.cli.demo.story import Story
from gateway.web.session import Door
from gateway.web.signing_in import LINK_LIFE, link

WIDTH = 88


def welcome(home: Home, story: Story, base: str, key: bytes, now: datetime) -> str:
    """The text, with links sealed by the server's session key."""
    return "\n".join(_lines(home, story, base, key, now))


def _lines(home: Home, story: Story, base: str, key: bytes, now: datetime) -> Iterator[str]:
    yield ""
    yield f"One Story is at {base}, with everything kept in {home.path}. Ctrl-C stops it."
    yield ""
    for door, where in (
        ("People", "/me"),
        ("Data protection officer", "/dpo"),
        ("FHIR R4 (what is served: /fhir/metadata)", "/fhir"),
        ("Tokens (SMART Backend Services)", "/fhir/.well-known/smart-configuration"),
        ("Health, metrics", "/health/ready, /metrics"),
    ):
        yield f"  {door:42} {base}{where}"
    yield ""
    yield "Services, each with the client and private key that it would keep for itself"
    yield ""
    for service in story.services:
        yield f"  {service.name:42} {home.clients / service.key}.json"
    yield ""
    hours = LINK_LIFE.total_seconds() / 3600
    yield f"Sign in as one of them. All are made up. The links work for {hours:.0f} hours."
    patients = home.people()
    for person in story.people:
        yield ""
        yield f"  {person.name}"
        yield textwrap.fill(person.story, WIDTH, initial_indent="  ", subsequent_indent="  ")
        yield f"  {link(key, Door.ME, patients[person.key], now, base)}"
    yield ""
    yield f"  {story.officer}, data protection officer"
    yield f"  {link(key, Door.DPO, story.officer, now, base)}"
    yield ""
