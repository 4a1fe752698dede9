"""Identities that somebody confirmed to be one person."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
