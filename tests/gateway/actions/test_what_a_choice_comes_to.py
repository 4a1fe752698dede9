"""What a person's choices come to for a service, as their page says it."""

from __future__ import annotations

import asyncio

from callers import Caller, House, concept, consent

from consent.predicate import FALSE
from gateway.actions.standing import standing


def test_agreeing_to_all_reaches_services_with_a_sharing_agreement(house: House) -> None:
    me, drugs = house.person(), house.organizations["DA1"]
    agreed = consent(me.me, "permit") | {"policyRule": concept("v3-ActCode", "OPTIN")}
    del agreed["provision"]
    me.writes(agreed)
    assert _is_open(me, drugs)
    house.change("UPDATE organization SET agreement_to = agreement_from WHERE ods = 'DA1'")
    assert not _is_open(me, drugs)
    assert _is_open(me, house.organizations["HO1"])


def _is_open(me: Caller, service: str) -> bool:
    """Whether anything would be let through by the choice of everything."""
    here = me.gateway.installation
    return asyncio.run(standing(here, me.who, service, me.house.now)).base != FALSE
