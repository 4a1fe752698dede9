"""What was recorded on a person's word, who decides with them, and what was judged about it."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
