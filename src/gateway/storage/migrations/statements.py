"""Runs the statements of a plain SQL file, one by one, in the migration's transaction."""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

_COMMENT = re.compile(r"--[^\n]*")
_END = re.compile(r";[ \t]*$", re.MULTILINE)


def run(file: Path) -> None:
    """Each statement ends with a semicolon at a line's end; one that ends with END is a trigger."""
    waiting = ""
    for part in _END.split(_COMMENT.sub("", file.read_text(encoding="utf-8"))):
        waiting += part
        if _is_open_trigger(waiting):
            waiting += ";"
            continue
        if waiting.strip():
            op.execute(waiting)
        waiting = ""


def _is_open_trigger(text: str) -> bool:
    return "CREATE TRIGGER" in text and not text.rstrip().endswith("END")
