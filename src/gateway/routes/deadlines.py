"""Requests that take too long are given up."""

from __future__ import annotations

import asyncio
from types import TracebackType

LOOKS = 20  # in the time that is allowed


class Deadlines:
    """What is under way, and since when: looked at together, a few times within the limit. A timer
    for each request (`asyncio.timeout`) takes a tenth of a read.

    A task is under one deadline at a time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[asyncio.Task[object], Deadline] = {}  # oldest first
        self._looking: asyncio.AbstractEventLoop | None = None

    def deadline(self) -> Deadline:
        """For `with`: a TimeoutError in the task that is in it still when `seconds` have gone by,
        and a twentieth of them more at most."""
        return Deadline(self)

    def _enter(self, deadline: Deadline) -> None:
        loop = asyncio.get_running_loop()
        deadline.until = loop.time() + self._seconds
        self._under_way[deadline.task] = deadline
        if self._looking is not loop:  # or the loop that did has ended
            self._look_later(loop)

    def _leave(self, deadline: Deadline) -> None:
        self._under_way.pop(deadline.task, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for deadline in list(self._under_way.values()):
            if deadline.until > now:
                break
            del self._under_way[deadline.task]
            deadline.give_up()
        self._looking = None
        if self._under_way:
            self._look_later(loop)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looking = loop
        loop.call_later(self._seconds / LOOKS, self._look)


class Deadline:
    """One task's, from when it enters to when it leaves; after `asyncio.Timeout`."""

    __slots__ = ("_asked_before", "_deadlines", "_given_up", "task", "until")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._given_up = False
        self.until = 0.0

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline is for a task")
        self.task: asyncio.Task[object] = task
        self._asked_before = task.cancelling()
        self._deadlines._enter(self)

    def give_up(self) -> None:
        self._given_up = True
        self.task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._deadlines._leave(self)
        if (
            self._given_up
            and self.task.uncancel() <= self._asked_before
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error
