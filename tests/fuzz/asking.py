"""Search strings: every parameter that is listed, and what no careful client would ask."""

from __future__ import annotations

from random import Random
from urllib.parse import quote

from mutating import DATES, TEXTS

MODIFIERS = (
    *(
        "",
        "",
        "",
        "",
        ":exact",
        ":contains",
        ":missing",
        ":not",
        ":text",
        ":in",
        ":below",
        ":above",
    ),
    *(":of-type", ":identifier", ":Patient", ":iterate", ":bogus", ":", "::", ".identifier"),
    *(":Patient.name", ".", ":Patient.general-practitioner.name", ".code"),
)
PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap", "xx")
VALUES = (
    *TEXTS,
    *DATES,
    *("final", "true", "false", "Sam", "Sa", "http://loinc.org|75626-2", "|75626-2", "http://x|"),
    *("|", "||", "a\\,b", "a\\|b", "\\$", "\\", ",", ",,,", "1e400", "5.4|http://x|mg", "7", "-"),
    *("Patient/x", "me", "2026", "2026-01-01T00:00:00Z", "9" * 400, ",".join(map(str, range(500)))),
)
RESULTS = {
    "_count": ("0", "1", "50", "-1", "99999999999999999999", "x", "1.0", "", "+5", "٣"),
    "_sort": ("_lastUpdated", "-date", "date,-_id", "nothing", "-", ",", "status", "_id,_id"),
    "_total": ("none", "accurate", "estimate", "all", ""),
    "_summary": ("true", "text", "data", "count", "false", "x", ""),
    "_elements": ("status", "id,status", "Patient.name", ",", "x" * 5000, "status.coding"),
    "_format": ("json", "xml", "application/fhir+json", "x"),
    "_cursor": ("", "x", "AAAA", "e30", "bnVsbA", "WzEsMl0", "W10", "=", "%00"),
    "_filter": ("x eq 1",),
    "_query": ("x",),
    "_list": ("x",),
    "_text": ("word",),
    "_content": ("word",),
    "_profile": ("https://onestory.example/fhir/StructureDefinition/x",),
    "_security": ("ETHUD", "http://x|y"),
    "_tag": ("x|y",),
    "_lastUpdated": ("ge2020", "lt2020", "x", "2026-02-30"),
    "_since": ("2020", "x"),
    "_at": ("2020", "x"),
}


class Asker:
    """Writes search strings for the types and parameters that a CapabilityStatement lists."""

    def __init__(self, random: Random, parameters: dict[str, list[str]]) -> None:
        self.random = random
        self.parameters = parameters

    def query(self, type_: str, patient: str, ids: list[str]) -> str:
        """Some parameters, most often with one that names the person."""
        pairs = [self._pair(type_, ids) for _ in range(self.random.choice((0, 1, 1, 2, 3, 6)))]
        if self.random.random() < 0.8:
            pairs.append((self.random.choice(("patient", "subject", "_id")), patient))
        self.random.shuffle(pairs)
        return "&".join(f"{self._written(name)}={self._written(value)}" for name, value in pairs)

    def condition(self, type_: str, ids: list[str]) -> str:
        """What a conditional form asks: not percent-encoded in every client."""
        return "&".join("=".join(self._pair(type_, ids)) for _ in range(self.random.choice((1, 2))))

    def _pair(self, type_: str, ids: list[str]) -> tuple[str, str]:
        random = self.random
        name = random.choice(self.parameters.get(type_) or ["_id"])
        chance = random.random()
        if chance < 0.25:
            name = random.choice(list(RESULTS))
            return name, random.choice((*RESULTS[name], *RESULTS[name], random.choice(VALUES)))
        if chance < 0.4:
            return self._include(type_, name)
        if chance < 0.5:
            other = random.choice(list(self.parameters))
            inner = random.choice(self.parameters[other] or ["_id"])
            return f"_has:{other}:{name}:{inner}", random.choice(VALUES)
        modifier = random.choice(MODIFIERS)
        value = random.choice((*VALUES, *ids)) if ids else random.choice(VALUES)
        return name + modifier, random.choice(PREFIXES) + value

    def _include(self, type_: str, name: str) -> tuple[str, str]:
        random = self.random
        other = random.choice(list(self.parameters))
        inner = random.choice(self.parameters[other] or ["_id"])
        wanted = (
            f"{type_}:{name}",
            f"{other}:{inner}",
            "*",
            f"{type_}:*",
            f"{type_}:{name}:{other}",
        )
        key = random.choice(("_include", "_revinclude", "_include:iterate", "_revinclude:iterate"))
        return key, random.choice((*wanted, ":", "x", f"{type_}:{name}:x:y"))

    def _written(self, text: str) -> str:
        """Percent-encoded, not at all, or wrongly."""
        encoded = quote(text.encode("utf-8", "surrogatepass"), safe=":|,$")
        chance = self.random.random()
        if chance < 0.03:
            return encoded + self.random.choice(
                ("%00", "%ff", "%ZZ", "%", "%ed%a0%80", "+", "%2", ";")
            )
        return encoded
