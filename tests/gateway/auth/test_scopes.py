"""Scopes: what is well formed, and what a registration covers."""

from __future__ import annotations

import pytest

from gateway.auth.scopes import covers, parts


@pytest.mark.parametrize(
    ("registered", "asked", "covered"),
    [
        ("system/Task.rs", "system/Task.r", True),
        ("system/Task.rs", "system/Task.cr", False),
        ("system/Task.r system/Task.s", "system/Task.rs", True),
        ("system/*.r system/Task.s", "system/Task.rs", True),
        ("system/*.r system/Task.s", "system/Patient.rs", False),
        ("system/*.rs", "system/*.r", True),
        ("system/*.rs", "system/Task.rs", True),
        ("system/Task.rs", "system/*.r", False),
        ("system/Task.rs", "system/Task.read", False),
        ("system/Task.rs", "system/TaskList.r", False),
        ("system/Task.rs", "system/task.r", False),
        ("system/*.cruds", "system/Spell.r", False),
        ("", "system/Task.r", False),
    ],
)
def test_registration_covers_what_it_names_and_no_more(
    registered: str, asked: str, covered: bool
) -> None:
    assert covers(registered.split(), asked) is covered


@pytest.mark.parametrize("scope", ["system/Task.cruds", "system/*.d", "system/AuditEvent.rs"])
def test_letters_stand_in_the_order_of_smart(scope: str) -> None:
    assert parts(scope) == tuple(scope.removeprefix("system/").split("."))


@pytest.mark.parametrize(
    "scope",
    [
        "system/Task.dr",
        "system/Task.rr",
        "system/Task.",
        "system/.r",
        "system/Task",
        "patient/Task.r",
        "system/Task.r\n",
        "system/Task.r?owner=1",
        " system/Task.r",
        "system/**.r",
        "openid",
        "",
    ],
)
def test_anything_else_is_no_scope(scope: str) -> None:
    assert parts(scope) is None
