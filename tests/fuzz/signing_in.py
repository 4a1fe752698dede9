"""Loaded by schemathesis: requests carry the token that the test keeps fresh in a file.

Most searches name the person whom the test registered, or there would be nothing to find.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import schemathesis


@schemathesis.auth(refresh_interval=30)  # type: ignore[arg-type]
class KeptToken:
    """The token of ONESTORY_TOKEN_FILE."""

    def get(self, _case: Any, _context: Any) -> str:
        return Path(os.environ["ONESTORY_TOKEN_FILE"]).read_text()

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(_context: Any, case: Any, _arguments: Any) -> None:
    """Names the person in two searches of three, told apart by what else they ask."""
    known = {each.name for each in case.operation.query}
    if "patient" in known and zlib.crc32(repr(case.query).encode()) % 3:
        case.query = {**(case.query or {}), "patient": os.environ["ONESTORY_PATIENT"]}
