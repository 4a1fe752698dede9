"""How many requests a client may make: counted for each client before anything is looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.fhir.problem import Kind, Problem

THROTTLED = Problem(Kind.THROTTLED, "too many requests; wait as Retry-After says")


@dataclass(slots=True)
class Rates:
    """A bucket a client, filled with `rate` tokens a second and holding one second's worth.

    `clock` counts seconds and never goes back. A rate of None lets everything pass.
    """

    rate: int | None
    clock: Callable[[], float]
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def exceeded(self, client: str) -> Problem | None:
        """The refusal, where this client has used up what it may; counts the request otherwise."""
        if self.rate is None:
            return None
        now = self.clock()
        left, since = self._left.get(client, (float(self.rate), now))
        left = min(float(self.rate), left + (now - since) * self.rate)
        if left < 1:
            self._left[client] = (left, now)
            return THROTTLED
        self._left[client] = (left - 1, now)
        return None
