from __future__ import annotations

from gateway.fhir.problem import Kind
from gateway.routes.rates import Rates


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_may_make_one_seconds_worth_at_once_and_then_waits() -> None:
    clock = Clock()
    rates = Rates(3, clock)
    assert [rates.exceeded("a") for _ in range(3)] == [None, None, None]
    refusal = rates.exceeded("a")
    assert refusal is not None
    assert refusal.kind is Kind.THROTTLED
    clock.now = 0.34
    assert rates.exceeded("a") is None
    assert rates.exceeded("a") is not None


def test_one_client_never_uses_up_anothers_share() -> None:
    rates = Rates(1, Clock())
    assert rates.exceeded("a") is None
    assert rates.exceeded("a") is not None
    assert rates.exceeded("b") is None


def test_without_a_rate_everything_passes() -> None:
    rates = Rates(None, Clock())
    assert all(rates.exceeded("a") is None for _ in range(10_000))
