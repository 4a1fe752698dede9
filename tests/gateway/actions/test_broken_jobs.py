"""A job that the database refuses changes nothing, and leaves its row where that can be written."""

from __future__ import annotations

import asyncio

from callers import House

from gateway.actions.recording import Request
from gateway.actions.writing import Writing


def test_a_job_whose_own_statement_fails_leaves_its_row(house: House) -> None:
    def job(writing: Writing) -> None:
        writing.connection.execute("DELETE FROM fact")
        writing.connection.execute("SELECT 1 FROM no_such_table")

    before, facts = house.rows("audit"), house.rows("fact")
    request = Request(house.trust.who, "update", "Observation", house.clock(), "made-up-request")
    answer = asyncio.run(house.gateway._write(request, job))  # type: ignore[arg-type]
    assert answer.status == 503
    assert house.rows("audit") == before + 1
    assert house.rows("fact") == facts
    assert house.entries()[-1]["outcome"] == "failed"
