"""What takes too long is given up, and only that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import wraps

import pytest

from gateway.routes.deadlines import LOOKS, Deadlines

SECONDS = 0.2


def in_a_loop(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(test())

    return run


async def within(deadlines: Deadlines, seconds: float) -> str:
    with deadlines.deadline():
        await asyncio.sleep(seconds)
    return "done"


@in_a_loop
async def test_what_is_done_in_time_is_answered() -> None:
    assert await within(Deadlines(SECONDS), SECONDS / 2) == "done"


@in_a_loop
async def test_what_takes_too_long_is_given_up_soon_after() -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        await within(Deadlines(SECONDS), 60)
    taken = time.monotonic() - begun
    assert taken >= SECONDS
    assert taken < 10 * SECONDS, f"a look each {SECONDS / LOOKS} s"


@in_a_loop
async def test_each_of_many_has_its_own() -> None:
    deadlines = Deadlines(SECONDS)

    async def begun_after(wait: float, takes: float) -> str:
        await asyncio.sleep(wait)
        return await within(deadlines, takes)

    asked = [begun_after(number * SECONDS / 10, 60 if number % 2 else 0.01) for number in range(40)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in answers] == [str, TimeoutError] * 20


@in_a_loop
async def test_a_task_may_have_one_after_another() -> None:
    deadlines = Deadlines(SECONDS)
    with pytest.raises(TimeoutError):
        await within(deadlines, 60)
    assert await within(deadlines, 0) == "done"
    await asyncio.sleep(SECONDS)  # nobody is under way, and nobody looks
    with pytest.raises(TimeoutError):
        await within(deadlines, 60)


@in_a_loop
async def test_who_gives_up_by_themselves_is_no_timeout() -> None:
    task = asyncio.create_task(within(Deadlines(SECONDS), 60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


@in_a_loop
async def test_who_is_given_up_twice_at_once_is_cancelled() -> None:
    """Whoever waits for a task that it cancelled must see it end so, as with `asyncio.timeout`."""
    deadlines = Deadlines(0.01)
    task = asyncio.create_task(within(deadlines, 60))
    await asyncio.sleep(0)
    time.sleep(0.02)
    deadlines._look()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@in_a_loop
async def test_an_error_within_is_the_error_that_is_seen() -> None:
    with pytest.raises(ZeroDivisionError), Deadlines(SECONDS).deadline():
        raise ZeroDivisionError


@in_a_loop
async def test_what_ends_by_another_error_leaves_nothing_behind() -> None:
    deadlines = Deadlines(SECONDS)
    with pytest.raises(ZeroDivisionError), deadlines.deadline():
        raise ZeroDivisionError
    await asyncio.sleep(2 * SECONDS)  # no late cancellation comes
    assert await within(deadlines, 0) == "done"
