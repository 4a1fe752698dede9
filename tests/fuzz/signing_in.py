"""Loaded by schemathesis: requests carry the token that the test keeps fresh in a file.

Most name the person whom the test registered and what it wrote, by ONESTORY_HELD ({type: id}), or
there would be nothing to find.
"""

from __future__ import annotations

import json
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
    """Names what is there in two requests of three, told apart by what else they say."""
    if not zlib.crc32(repr((case.query, case.body)).encode()) % 3:
        return
    held: dict[str, str] = json.loads(os.environ["ONESTORY_HELD"])
    type_ = next(iter(case.operation.tags or []), "")
    if "patient" in {each.name for each in case.operation.query}:
        case.query = {**(case.query or {}), "patient": f"Patient/{held['Patient']}"}
    if "id" in (case.path_parameters or {}) and case.method != "DELETE" and type_ in held:
        case.path_parameters["id"] = held[type_]
