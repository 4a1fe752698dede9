"""A practitioner of a service who looks in an emergency."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from gateway.auth.access_token import Granted
from gateway.auth.requester import Requester

WHY = "Brought in unconscious, nobody with her"


def awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What the coroutine comes to; in a thread of its own, as a browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def breaks(world: Any, ods: str, patient: str, why: str = WHY) -> Requester:
    """The requester of an emergency token for the service's own Patient."""
    asker = replace(
        world.service(ods, named="Dr Asha Example", purpose="BTG"), patient=patient, reason=why
    )
    now = int(world.now.timestamp())
    begun = awaited(world.gateway.begin_emergency(Granted(asker, now, now + 300, "")))
    assert isinstance(begun, Granted), begun
    return begun.requester
