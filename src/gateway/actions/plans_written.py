"""What follows when a request has written care plans: they are held against their rules, and the
days are kept on which they are to be looked at again."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.actions import plan_rules, review_tasks
from gateway.actions.writing import Writing
from gateway.fhir.problem import Refused


def settled(writing: Writing, places: Mapping[str, str] = plan_rules.NOWHERE) -> Refused | None:
    """What is wrong with the plans that were written, once all is stored that was sent with them;
    where nothing is, all that follows is done. `places`: where in a Bundle each "Type/id" stood."""
    wrong = plan_rules.wanting(writing, places)
    if wrong is None:
        review_tasks.follow(writing)
    return wrong
