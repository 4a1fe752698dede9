"""Referrals that wait for an answer, and until when."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
