from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway.periodic import repeating


def counted(said: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def job() -> None:
        said.append(name)
        if name == "broken":
            raise ValueError("a name")

    return job


async def _run(said: list[str], *names: str) -> None:
    async with repeating(*(counted(said, name) for name in names), every=0.001):
        async with asyncio.timeout(5):
            while any(said.count(name) < 3 for name in names):
                await asyncio.sleep(0.001)


def test_each_job_comes_again_and_again_until_the_end() -> None:
    said: list[str] = []
    asyncio.run(_run(said, "one", "two"))
    assert said.count("one") >= 3
    assert said.count("two") >= 3


def test_a_job_that_fails_is_tried_again_and_fails_no_other() -> None:
    said: list[str] = []
    asyncio.run(_run(said, "broken", "sound"))
    assert said.count("broken") >= 3
    assert said.count("sound") >= 3


def test_nothing_runs_before_its_time() -> None:
    said: list[str] = []

    async def short() -> None:
        async with repeating(counted(said, "one"), every=60):
            await asyncio.sleep(0.01)

    asyncio.run(short())
    assert said == []
