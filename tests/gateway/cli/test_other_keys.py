"""A database belongs to the keys that it was made with."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import keys
from gateway.actions.opening import migrate, open_gateway
from gateway.storage.database import UnusableDatabaseError


def _keys(directory: Path) -> keys.Keys:
    keys.create(directory)
    return keys.load(directory)


def test_a_database_opens_with_the_keys_that_it_was_made_with(tmp_path: Path) -> None:
    own = _keys(tmp_path / "own")
    url = f"sqlite:///{tmp_path}/a.db"
    migrate(url, own)
    migrate(url, own)
    open_gateway(url, own, "http://127.0.0.1").close()


def test_other_keys_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    migrate(url, _keys(tmp_path / "own"))
    others = _keys(tmp_path / "others")
    with pytest.raises(UnusableDatabaseError, match="other keys"):
        migrate(url, others)
    with pytest.raises(UnusableDatabaseError, match="other keys"):
        open_gateway(url, others, "http://127.0.0.1")
