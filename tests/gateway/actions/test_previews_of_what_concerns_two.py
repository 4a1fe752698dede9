"""A preview for one person tells nothing of what another has said."""

from __future__ import annotations

import pytest
from callers import House, consent, patient, score
from clinicians import clears, for_whom
from looking_ahead import asked, previewed


@pytest.mark.parametrize("permitted", [True, False])
def test_what_concerns_somebody_else_too_is_in_no_preview(house: House, permitted: bool) -> None:
    """Though it is cleared for the person: what the other said would show in it."""
    drugs = house.organizations["DA1"]
    me, other = (house.person(number) for number in range(2))
    mine, theirs = (house.trust.writes(patient(number)) for number in range(2))
    both = house.trust.writes(score(mine, focus=[{"reference": theirs}]))
    alone = house.trust.writes(score(mine))
    clears(house.trust, both, for_whom(mine))
    assert me.get(both).status == 200
    for number in range(2):
        house.drugs.writes(patient(number))
    if permitted:
        other.writes(consent(other.me, "permit", drugs))
    seen = previewed(asked(me, consent(me.me, "permit", drugs)))[drugs]
    assert (seen["visible"], seen["gained"]) == ([alone], [alone])
    me.writes(consent(me.me, "permit", drugs))
    assert house.drugs.get(both).status == (200 if permitted else 404)
    assert house.drugs.get(alone).status == 200
