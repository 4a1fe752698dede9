"""Consents, requests and facts from a few words, so that a case is one line of a table.

A provision in few words: {"type": "deny", "recipient": ["Organization/a"], "source": [...],
"purpose": ["TREAT"], "action": ["access"], "topic": ["ETHUD"], "level": ["R"],
"class": ["Observation"], "code": ["system|code"], "period": ["2026", ""], "dataPeriod": [...],
"data": [["instance", "Observation/1"]], "inside": [provision, ...]}.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from consent import topics
from consent.deciding import Verdict, decide
from consent.directory import Directory
from consent.facts import Facts
from consent.policy import Policy
from consent.reading import read
from consent.request import Request, Source

TERMS = "http://terminology.hl7.org/CodeSystem/"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ALL_BASE = Policy("test", frozenset({"TREAT", "COC"}), agreements=None)


def _codings(name: str, values: list[str]) -> list[dict[str, str]]:
    return [{"system": TERMS + name, "code": value} for value in values]


def _concepts(name: str, values: list[str]) -> list[dict[str, Any]]:
    return [{"coding": [coding]} for coding in _codings(name, values)]


def _actor(role: str, party: str) -> dict[str, Any]:
    named: dict[str, Any] = {"reference": party}
    if "|" in party:
        system, value = party.split("|")
        named = {"identifier": {"system": system, "value": value}}
    role_concept = _concepts("v3-ParticipationType", [role])[0]
    return {"role": role_concept, "reference": named} if party else {"role": role_concept}


def _labels(terse: dict[str, Any]) -> list[dict[str, str]]:
    found = []
    for code in terse.get("topic", []):
        ours = topics.bit(topics.TOPIC_SYSTEM, code)
        found.append({"system": topics.TOPIC_SYSTEM if ours else topics.ACT_CODE, "code": code})
    return found + _codings("v3-Confidentiality", terse.get("level", []))


def _period(ends: list[str]) -> dict[str, str]:
    return {name: text for name, text in zip(("start", "end"), ends, strict=True) if text}


class Say:
    """Builds the JSON and asks the question."""

    now = NOW
    base = ALL_BASE

    def provision(self, terse: dict[str, Any]) -> dict[str, Any]:
        actors = [_actor("IRCP", party) for party in terse.get("recipient", [])]
        actors += [_actor("CST", party) for party in terse.get("source", [])]
        built: dict[str, Any] = {
            "type": terse.get("type"),
            "actor": actors,
            "purpose": _codings("v3-ActReason", terse.get("purpose", [])),
            "action": _concepts("consentaction", terse.get("action", [])),
            "securityLabel": _labels(terse),
            "class": [
                {"system": "http://hl7.org/fhir/resource-types", "code": code}
                for code in terse.get("class", [])
            ],
            "code": [
                {"coding": [dict(zip(("system", "code"), one.split("|"), strict=True))]}
                if "|" in one
                else {"text": one}
                for one in terse.get("code", [])
            ],
            "period": _period(terse["period"]) if "period" in terse else None,
            "dataPeriod": _period(terse["dataPeriod"]) if "dataPeriod" in terse else None,
            "data": [
                {"meaning": meaning, "reference": {"reference": named} if named else {}}
                for meaning, named in terse.get("data", [])
            ],
            "provision": [self.provision(inner) for inner in terse.get("inside", [])],
        }
        return {name: value for name, value in built.items() if value}

    def consent(
        self, terse: dict[str, Any] | None = None, rule: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """An active privacy consent; `rule` is policyRule's code, `terse` None: no provision."""
        built: dict[str, Any] = {
            "resourceType": "Consent",
            "id": "c1",
            "meta": {"versionId": "1"},
            "status": "active",
            "scope": _concepts("consentscope", ["patient-privacy"])[0],
            "patient": {"reference": "Patient/p1"},
            "dateTime": "2026-05-03",
        }
        if rule is not None:
            built["policyRule"] = _concepts("v3-ActCode", [rule])[0]
        if terse is not None:
            built["provision"] = self.provision(terse)
        return built | more

    def source(self, consent: dict[str, Any], **standing: Any) -> Source:
        version = consent.get("meta", {}).get("versionId", "1")
        return Source(read(consent)[0], f"Consent/{consent['id']}", version, **standing)

    def request(self, **more: Any) -> Request:
        asked: dict[str, Any] = {"recipient": "Organization/a", "purpose": "TREAT"} | more
        for name in ("practitioner", "roles", "recipient_aliases"):
            asked[name] = frozenset(asked.get(name, ()))
        return Request(**asked)

    def facts(self, **more: Any) -> Facts:
        """An Observation that organisation z wrote, of today, without topics, at N."""
        stated: dict[str, Any] = {
            "reference": "Observation/1",
            "type": "Observation",
            "classes": {"http://hl7.org/fhir/resource-types|Observation"},
            "sources": {"Organization/z"},
            "dates": (NOW, NOW),
        } | more
        stated["topics"] = topics.mask_of(*stated.get("topics", ()))
        if isinstance(stated.get("level"), str):
            stated["level"] = topics.LEVELS.index(stated["level"])
        for name in ("classes", "codes", "texts", "sources", "recipients", "references", "persons"):
            stated[name] = frozenset(stated.get(name, ()))
        return Facts(**stated)

    def verdict(
        self,
        consents: list[dict[str, Any] | Source],
        request: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
        directory: Directory | None = None,
        policy: Policy = ALL_BASE,
        now: datetime = NOW,
    ) -> Verdict:
        sources = [one if isinstance(one, Source) else self.source(one) for one in consents]
        return decide(
            sources,
            self.request(**(request or {})),
            self.facts(**(facts or {})),
            directory or Directory(),
            policy,
            now,
        )
