"""What the pages show before a choice is saved or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.web.me.choices import Choice, as_consent
from gateway.web.me.given import Given
from gateway.web.me.outlook import Outlook, outlooks
from gateway.web.me.visit import Visit


@dataclass(frozen=True, slots=True)
class Ahead:
    """How it will be once the choice is saved; and once the older ones in its way are taken back
    too, where that is another answer."""

    saved: tuple[Outlook, ...]
    cleared: tuple[Outlook, ...]


async def once_saved(
    here: Visit, choice: Choice, old: Given | None, older: Sequence[Given]
) -> Ahead:
    """For the service of the choice, and for that of the one whose place it takes."""
    services = [choice.service]
    if old is not None and old.choice and old.choice.service != choice.service:
        services.append(old.choice.service)
    proposed = [as_consent(part, here.patient, here.now) for part in choice.parts]
    replaced = [] if old is None else [old.id]
    saved = await outlooks(here, services, proposed, replaced) or ()
    if not older:
        return Ahead(saved, ())
    every = [*replaced, *(each.id for each in older)]
    cleared = await outlooks(here, services, proposed, every) or ()
    return Ahead(saved, cleared if cleared != saved else ())


async def once_taken_back(here: Visit, given: Given) -> tuple[Outlook, ...] | None:
    """For each service for which something changes; None where that cannot be told now."""
    found = await outlooks(here, here.services.others, replaced=[given.id])
    return None if found is None else tuple(each for each in found if each.changes)
