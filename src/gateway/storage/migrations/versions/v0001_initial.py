"""The first schema."""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    bare = re.sub(r"--[^\n]*", "", text)
    for statement in bare.split(";"):
        if statement.strip():
            op.execute(statement)
