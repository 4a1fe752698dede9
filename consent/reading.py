"""Consent JSON to rules. One reading serves both writing (its faults) and deciding (its rules)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from consent import codes
from consent.dates import Interval
from consent.dead import dead_provisions
from consent.inheriting import rules_of_their_own
from consent.reading_criteria import LONDON, interval_in, read_criteria
from consent.roots import root_of, stance_of
from consent.rules import ConsentRules, Effect, Fault, Rule
from consent.shape import MisshapenError, Node, codings_at, object_at, objects_at, text_at

PCF = "https://profiles.ihe.net/ITI/PCF/"
_ROOT = "Consent.provision"
_UNTYPED = "must be permit or deny: a nested provision needs a type"


def read(consent: Node) -> tuple[ConsentRules, tuple[Fault, ...]]:
    """The rules of one Consent, and everything wrong with it: errors first, then warnings.

    Never raises: what cannot be read never permits and denies as broadly as it may have meant.
    """
    try:
        return _read(consent)
    except MisshapenError as error:
        rules = ConsentRules(counts=True, invalid=True, unreadable=True)
        return rules, (Fault(error.path, f"must be {error.expected}"),)


def _read(consent: Node) -> tuple[ConsentRules, tuple[Fault, ...]]:
    faults: list[Fault] = []
    counts = text_at(consent, "status", "Consent") == "active" and _is_privacy(consent)
    if _is_privacy(consent) and not object_at(consent, "patient", "Consent"):
        faults.append(Fault("Consent.patient", "must name the person whose choices these are"))
    given_text = text_at(consent, "dateTime", "Consent")
    given = interval_in(given_text, None) if given_text is not None else None
    if given_text is not None and given is None:
        faults.append(Fault("Consent.dateTime", "must be a FHIR dateTime, such as 2026-05-03"))
    root, opted_in, found = _root(consent, _zone_of(given_text, given))
    faults += found
    pcf = _declares_pcf(consent)
    rules = (root, *rules_of_their_own(root)) if pcf else (root,)
    invalid = bool(faults)
    faults += [] if invalid else dead_provisions(root, are_rules_of_their_own=pcf)
    return ConsentRules(
        rules=rules,
        opted_in=opted_in,
        counts=counts,
        given=given,
        period=root.criteria.period,
        given_text=given_text,
        invalid=invalid,
        not_understood=bool(consent.get("implicitRules")) or _has_modifier(consent),
    ), tuple(faults)


def _root(consent: Node, zone: tzinfo | None) -> tuple[Rule, bool, list[Fault]]:
    provision = object_at(consent, "provision", "Consent")
    stated, faults = _effect(provision or {}, _ROOT)
    criteria, unclear = read_criteria(provision or {}, _ROOT, zone)
    children, beneath = _children(provision or {}, _ROOT, zone)
    row = root_of(stance_of(consent), stated, criteria, any(map(_permits_in, children)))
    if row.refused is not None and not faults:
        at_rule = row.refused.startswith("policyRule")
        faults.append(Fault("Consent.policyRule" if at_rule else _ROOT, row.refused))
    path = _ROOT if provision is not None else "Consent.policyRule"
    return (
        Rule(path, row.effect, criteria, children),
        row.opted_in,
        [*faults, *unclear, *beneath],
    )


def _children(
    provision: Node, path: str, zone: tzinfo | None
) -> tuple[tuple[Rule, ...], list[Fault]]:
    rules: list[Rule] = []
    faults: list[Fault] = []
    for place, nested in enumerate(objects_at(provision, "provision", path)):
        where = f"{path}.provision[{place}]"
        stated, wrong = _effect(nested, where)
        if stated is None and not wrong:
            wrong = [Fault(f"{where}.type", _UNTYPED)]
        criteria, unclear = read_criteria(nested, where, zone)
        children, beneath = _children(nested, where, zone)
        rules.append(Rule(where, stated or Effect.FRAME, criteria, children))
        faults += [*wrong, *unclear, *beneath]
    return tuple(rules), faults


def _effect(provision: Node, path: str) -> tuple[Effect | None, list[Fault]]:
    match text_at(provision, "type", path):
        case None:
            return None, []
        case "permit":
            return Effect.PERMIT, []
        case "deny":
            return Effect.DENY, []
        case _:
            return None, [Fault(f"{path}.type", "must be permit or deny")]


def _permits_in(rule: Rule) -> bool:
    return rule.effect is Effect.PERMIT or any(map(_permits_in, rule.children))


def _is_privacy(consent: Node) -> bool:
    scope = codes.codes()["scope"]
    stated = codings_at(object_at(consent, "scope", "Consent") or {}, "Consent.scope")
    return (scope["system"], scope["code"]) in stated


def _declares_pcf(consent: Node) -> bool:
    profiles = (object_at(consent, "meta", "Consent") or {}).get("profile", [])
    return isinstance(profiles, list) and any(str(one).startswith(PCF) for one in profiles)


def _has_modifier(node: Any) -> bool:
    return any(isinstance(one, dict) and one.get("modifierExtension") for one in _nodes(node))


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for value in inner:
        yield from _nodes(value)


def _zone_of(text: str | None, given: Interval | None) -> tzinfo | None:
    """The consent's own zone, as its dateTime states it; None is Europe/London.

    An offset that London has at that moment, and Z, which programs write for any place, state
    no zone of their own.
    """
    if text is None or given is None or "T" not in text or text[-6] not in "+-":
        return None
    ahead = timedelta(hours=int(text[-5:-3]), minutes=int(text[-2:]))
    offset = -ahead if text[-6] == "-" else ahead
    try:
        in_london = given[0].astimezone(ZoneInfo(LONDON)).utcoffset()
    except OverflowError:  # at the ends of time
        in_london = None
    return None if in_london == offset else timezone(offset, "stated")
