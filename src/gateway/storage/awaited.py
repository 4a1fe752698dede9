"""Referrals that wait for an answer, and until when. Written with the Task, or after it was looked
at; no answer is made of it."""

from __future__ import annotations

from gateway.storage.connection import Connection


def watch(connection: Connection, task: str, due: int) -> None:
    """Look at the Task of that id again once `due` (microseconds) has passed."""
    connection.execute(
        "INSERT INTO awaited(task, due) VALUES (?,?)"
        " ON CONFLICT(task) DO UPDATE SET due = excluded.due",
        (task, due),
    )


def over(connection: Connection, task: str) -> None:
    """It waits for no answer any more."""
    connection.execute("DELETE FROM awaited WHERE task = ?", (task,))


def take(connection: Connection, task: str, now: int) -> bool:
    """Take what is late away, to deal with it in this transaction; False where somebody else has,
    or its time has moved."""
    taken = connection.execute("DELETE FROM awaited WHERE task = ? AND due <= ?", (task, now))
    return taken.rowcount == 1


def late(connection: Connection, now: int, most: int) -> list[str]:
    """The ids of Tasks whose time has passed, the longest first."""
    found = connection.execute(
        "SELECT task FROM awaited WHERE due <= ? ORDER BY due, task LIMIT ?", (now, most)
    )
    return [task for (task,) in found]
