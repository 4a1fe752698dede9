"""onestory conformance: the published cases, held against this engine or any other."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

from consent.conforming import Case, Compared, cases, compared
from gateway.cli.engines import (
    Engine,
    EngineError,
    UnreachableError,
    at_address,
    by_command,
    this_one,
)
from gateway.cli.wrongly import used_wrongly


def conformance(
    url: Annotated[
        str | None, typer.Option(help="FHIR base of a server that has Consent/$decide.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Bearer token for --url.", envvar="ONESTORY_TOKEN")
    ] = None,
    command: Annotated[
        str | None, typer.Option(help='A command with the options of "onestory decide".')
    ] = None,
    only: Annotated[str, typer.Option(help="Only cases whose theme or name holds this.")] = "",
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Other provisions or criteria are failures too.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many to ask at once; default: the processors.")
    ] = None,
) -> None:
    """Hold every case of the conformance suite against an engine; this installation's by default.

    Failures are named on stderr, one line each; stdout has one JSON line that sums up. Exit 0 where
    every decision and strength is as it must be, 1 where one is not, 2 where nothing can be asked.

    Example: onestory conformance --url https://example.org/fhir --token "$TOKEN" --only emergencies

    Example: onestory conformance --command "other-engine decide" --reasons
    """
    if url is not None and command is not None:
        used_wrongly("use --url or --command, not both")
    chosen = cases(only)
    if not chosen:
        used_wrongly(f"--only: no case of the suite holds {only!r}")
    try:
        engine = at_address(url, token) if url else by_command(command) if command else this_one
    except ValueError as error:
        used_wrongly(f"--command: {error}")
    at_once = 1 if engine is this_one else jobs or os.cpu_count() or 1
    failed = _held(chosen, engine, at_once, reasons=reasons)
    if failed:
        raise typer.Exit(1)


def _held(chosen: Sequence[Case], engine: Engine, at_once: int, *, reasons: bool) -> int:
    """Ask and compare each case, print what came of it, and count the failures."""
    found: Counter[str] = Counter()
    failures: list[str] = []
    try:
        for case, outcome in _asked(chosen, engine, at_once):
            words = _wrong(outcome, reasons=reasons)
            found["provisions"] += outcome.wrong is None and not outcome.provisions
            found["criteria"] += outcome.wrong is None and not outcome.criteria
            if words is not None:
                failures.append(case.name)
                typer.echo(f"{case.theme}: {case.name}: {words}", err=True)
    except UnreachableError as error:
        used_wrongly(str(error))
    summary = {
        "cases": len(chosen),
        "passed": len(chosen) - len(failures),
        "failed": len(failures),
        "other_provisions": found["provisions"],
        "other_criteria": found["criteria"],
        "failures": failures,
    }
    typer.echo(json.dumps(summary, ensure_ascii=False))
    return len(failures)


def _asked(chosen: Sequence[Case], engine: Engine, at_once: int) -> Iterator[tuple[Case, Compared]]:
    """Each case with how its verdicts compare, in the order of the suite."""

    def ask(case: Case) -> Compared:
        try:
            return compared(case, engine(case))
        except EngineError as error:
            return Compared(f"no verdict: {error}", provisions=False, criteria=False)

    if at_once == 1:
        yield from ((case, ask(case)) for case in chosen)
        return
    with ThreadPoolExecutor(at_once) as several:
        try:
            yield from zip(chosen, several.map(ask, chosen), strict=True)
        finally:
            several.shutdown(cancel_futures=True)


def _wrong(outcome: Compared, *, reasons: bool) -> str | None:
    if outcome.wrong is not None or not reasons:
        return outcome.wrong
    if not outcome.provisions:
        return "other provisions decided"
    return None if outcome.criteria else "other criteria matched"
