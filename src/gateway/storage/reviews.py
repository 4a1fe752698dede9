"""Care plans and the days on which they are to be looked at again. Written with the plan; no answer
is made of it."""

from __future__ import annotations

from gateway.storage.connection import Connection

RAISED = "review"  # in which role the gateway writes a Task about it for the plan's author
UNKNOWN = 0  # the day of a plan that nobody has looked at since there are days


def expect(connection: Connection, plan: str, due: int) -> None:
    """The plan of that id is to be looked at again on the day that starts at `due`
    (microseconds)."""
    connection.execute(
        "INSERT INTO review(plan, due) VALUES (?,?)"
        " ON CONFLICT(plan) DO UPDATE SET due = excluded.due",
        (plan, due),
    )


def over(connection: Connection, plan: str) -> None:
    """It is not to be looked at again."""
    connection.execute("DELETE FROM review WHERE plan = ?", (plan,))


def near(connection: Connection, until: int, most: int) -> list[str]:
    """The ids of plans whose day comes before `until` and was not raised yet, the longest first."""
    found = connection.execute(
        "SELECT plan FROM review WHERE due <= ? AND (raised IS NULL OR raised < due)"
        " ORDER BY due, plan LIMIT ?",
        (until, most),
    )
    return [plan for (plan,) in found]


def take(connection: Connection, plan: str, until: int) -> bool:
    """Take a day that is near, to raise it in this transaction; False where somebody else has, or
    it has moved. A day is raised once, whatever becomes of its Task."""
    taken = connection.execute(
        "UPDATE review SET raised = due"
        " WHERE plan = ? AND due <= ? AND (raised IS NULL OR raised < due)",
        (plan, until),
    )
    return taken.rowcount == 1


def raised_as(connection: Connection, plan: str, task: str) -> None:
    """The Task of that id tells of the day that was taken."""
    connection.execute("UPDATE review SET task = ? WHERE plan = ?", (task, plan))


def told(connection: Connection, plan: str) -> tuple[int, str] | None:
    """The day that was raised last for a plan, and its Task."""
    found = connection.execute(
        "SELECT raised, task FROM review WHERE plan = ? AND task IS NOT NULL", (plan,)
    ).fetchone()
    return None if found is None else (found[0], found[1])
