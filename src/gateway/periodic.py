"""What a server does by itself, again and again, beside what it is asked.

Each job runs alone, one time after another; one that fails is tried again at its next turn, and
fails nothing else. INVARIANT: several servers may run the same job at once, so a job asks within
its own transaction whether there is anything left to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

Job = Callable[[], Awaitable[object]]
EVERY = 60.0  # seconds


@asynccontextmanager
async def repeating(*jobs: Job, every: float = EVERY) -> AsyncIterator[None]:
    """Each job, again and again as long as this lasts; the first time once `every` has passed."""
    tasks = [asyncio.create_task(_repeated(job, every)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeated(job: Job, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await job()
        except Exception as error:  # its text may name people
            name, kind = getattr(job, "__name__", ""), type(error).__name__
            structlog.get_logger("gateway").warning("%s failed (%s): tried again later", name, kind)
