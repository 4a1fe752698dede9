"""The officers' page of disclosures without consent: proposing, agreeing, withdrawing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.answer import Answer
from gateway.actions.disclosing import Disclosed, Proposal, rules
from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester
from gateway.storage.times import microseconds, moment_of
from gateway.web.dpo.menu import show
from gateway.web.gateway import gateway_of
from gateway.web.records import NotAnsweredError
from gateway.web.rendering import onward
from gateway.web.services import Services, services
from gateway.web.session import Session

Errors: TypeAlias = dict[str, str]

FIELDS = ("recipient", "references", "basis", "reason", "tell", "untold")
BASES = {
    "safeguarding": "Safeguarding",
    "court-order": "Court order",
    "public-interest": "Overriding public interest",
}
_WORDS = {
    "recipient": "Choose a service that knows this person and has a current sharing agreement",
    "references": "Name things about one person that are held here, one on each line",
    "basis": "Choose a basis",
    "reason": "Say why, in 10 to 1,000 characters",
    "untold": "Say why telling would cause harm, in 10 to 1,000 characters",
}
_REFUSED = {
    403: "Two people decide, not one alone, and one of them is a Caldicott Guardian",
    404: "There is no such disclosure",
    409: "This is decided, fetched, withdrawn or too old",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One disclosure as the page shows it. `state` is a sentence."""

    id: str
    recipient: str
    basis: str
    reason: str
    untold: str
    proposed_by: str
    proposed: datetime
    agreed_by: str
    listed: tuple[str, ...]
    moved: bool
    state: str
    agrees: bool
    withdraws: bool
    tells: bool


async def disclosures(request: Request, session: Session) -> Response:
    """GET shows them and a form; POST proposes, agrees or withdraws."""
    gateway = gateway_of(request)
    officer = gateway.officer_requester(session.subject)
    known = await services(gateway, officer)
    errors: Errors = {}
    entered: dict[str, str] = {}
    if request.method == "POST":
        form = await request.form()
        entered = {name: _text(form, name) for name in FIELDS}
        errors = await _done(gateway, officer, form, entered)
        if not errors:
            return onward("/dpo/disclosures")
    found = await gateway.disclosures(officer)
    if isinstance(found, Answer):
        raise NotAnsweredError(f"the disclosures were answered {found.status}")
    context = {
        "disclosures": [_shown(each, known, gateway.clock()) for each in found],
        "services": known.others,
        "bases": BASES.items(),
        "days": rules()["fetch_within_days"],
        "entered": entered,
        "errors": errors,
    }
    return show(request, session, "disclosures.html", context, 422 if errors else 200)


async def _done(
    gateway: Gateway, officer: Requester, form: FormData, entered: dict[str, str]
) -> Errors:
    match _text(form, "do"):
        case "agree":
            answer = await gateway.agree_disclosure(officer, _text(form, "disclosure"))
        case "withdraw":
            answer = await gateway.withdraw_disclosure(officer, _text(form, "disclosure"))
        case "tell":
            answer = await gateway.tell_of_disclosure(officer, _text(form, "disclosure"))
        case _:
            return await _propose(gateway, officer, entered)
    return {} if answer.status == 204 else {"decided": _refused(answer)}


async def _propose(gateway: Gateway, officer: Requester, entered: dict[str, str]) -> Errors:
    if entered["tell"] not in ("yes", "no"):
        return {"tell": "Say whether the person is told"}
    asked = Proposal(
        recipient=entered["recipient"],
        references=tuple(entered["references"].split()),
        basis=entered["basis"],
        reason=entered["reason"],
        untold=entered["untold"] if entered["tell"] == "no" else None,
    )
    answer = await gateway.propose_disclosure(officer, asked)
    if answer.status == 201:
        return {}
    places = [each.expression.partition("[")[0] for each in answer.problems]
    known = {place: _WORDS[place] for place in places if place in _WORDS}
    return known or {"decided": _refused(answer)}


def _refused(answer: Answer) -> str:
    """Why, in words; what is no refusal is broken machinery."""
    if answer.status not in _REFUSED:
        raise NotAnsweredError(f"a disclosure was answered {answer.status}")
    return _REFUSED[answer.status]


def _shown(each: Disclosed, services: Services, now: datetime) -> Shown:
    one = each.disclosure
    state = _state(each, now)
    return Shown(
        id=one.id,
        recipient=services.named({"reference": f"Organization/{one.recipient}"}),
        basis=BASES[one.basis],
        reason=one.reason,
        untold="" if each.told else one.untold or "",
        proposed_by=one.proposed_by.rpartition("|")[2],
        proposed=moment_of(one.proposed),
        agreed_by=(one.agreed_by or "").rpartition("|")[2],
        listed=tuple(listed.reference for listed in each.listed),
        moved=any(listed.moved for listed in each.listed),
        state=state,
        agrees=one.agreed is None and one.withdrawn is None and not each.own,
        withdraws=one.withdrawn is None and one.fetched is None,
        tells=one.agreed is not None and not each.told,
    )


def _state(each: Disclosed, now: datetime) -> str:
    one = each.disclosure
    if one.fetched is not None:
        return "It was fetched. It cannot be fetched again."
    if one.withdrawn is not None:
        return "It was withdrawn. Nobody can fetch it."
    if one.agreed is None:
        return "It waits for a second person to agree."
    if one.until is not None and one.until <= microseconds(now):
        return "It was not fetched in time. Nobody can fetch it any more."
    return "It waits to be fetched. Give the recipient its number."


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
