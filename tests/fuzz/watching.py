"""What must hold of every answer, and of the server's memory."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

LIMIT = 10.0
PAGE = os.sysconf("SC_PAGE_SIZE")


def seconds(short: float) -> float:
    """How long a run takes: ONESTORY_FUZZ_SECONDS, half an hour in full, else as given."""
    full = 1800.0 if os.environ.get("ONESTORY_FULL") == "1" else short
    return float(os.environ.get("ONESTORY_FUZZ_SECONDS", full))


def resident(process: int) -> int:
    """Bytes in memory of a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    return own + sum(resident(int(child)) for child in children)


def fault(answer: httpx.Response) -> str | None:
    """What is wrong with an answer to a request under /fhir, or None."""
    if answer.status_code >= 500:
        return f"{answer.status_code}: {answer.text[:300]}"
    if answer.elapsed.total_seconds() > LIMIT:
        return f"took {answer.elapsed.total_seconds():.1f} s"
    if answer.status_code < 400 and not answer.content:
        return None
    if answer.request.method == "HEAD":
        return None
    media = answer.headers.get("Content-Type", "")
    if media.partition(";")[0] != "application/fhir+json":
        return f"{answer.status_code} as {media!r}: {answer.text[:200]}"
    try:
        body = json.loads(answer.content.decode("utf-8"))
    except ValueError as error:
        return f"{answer.status_code} with a body that is no JSON: {error}"
    return _outcome_fault(body) if answer.status_code >= 400 else None


def _outcome_fault(body: object) -> str | None:
    if not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
        return f"refused without an OperationOutcome: {str(body)[:200]}"
    for issue in body.get("issue") or [{}]:
        words = issue.get("diagnostics", "")
        if not words or not issue.get("code") or issue.get("severity") not in _SEVERITIES:
            return f"an issue that says nothing: {issue}"
        if "\n" in words or len(words) > 1000 or "Traceback" in words:
            return f"words that are no line: {words[:200]!r}"
        if not all(isinstance(each, str) and each for each in issue.get("expression", [])):
            return f"an odd expression: {issue}"
    return None


_SEVERITIES = ("fatal", "error", "warning", "information")


@dataclass
class Memory:
    """The server's memory after it has warmed up, and at the end."""

    process: int
    warm_at: float
    warm: int = 0
    started: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        """Notes what is used once the warming up is over."""
        if not self.warm and time.monotonic() - self.started > self.warm_at:
            self.warm = resident(self.process)

    def growth(self) -> int:
        assert self.warm, "the run was too short to warm up"
        return resident(self.process) - self.warm
