"""Problems as they are found, up to as many as anyone will read."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.fhir.problem import Problem

MOST = 100


class Enough(Exception):  # noqa: N818 - not an error: the rest need not be looked for
    """As many problems have been found as an answer lists."""


class Found(list[Problem]):
    """A list of problems that ends the search when it is full."""

    def append(self, problem: Problem) -> None:
        super().append(problem)
        if len(self) >= MOST:
            raise Enough

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.append(problem)
