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


Parameters = dict[str, dict[str, str]]
"""The search parameters of each type by name, with the kind of each."""

SANE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "date": (("ge2020", "2026", "lt2030-01-01", "sa2026-01-01T10:00:00Z", "ne2026-02"), ("",)),
    "number": (("5", "gt3.50", "ap7"), ("",)),
    "quantity": (("5", "gt3.50|http://unitsofmeasure.org|mg", "ap7||mg"), ("",)),
    "reference": (("Patient/x", "x", "http://a.example/Patient/x"), ("", ":identifier", ".name")),
    "string": (("Sam", "exa", "o'neil"), ("", ":exact", ":contains")),
    "token": (
        ("final", "http://loinc.org|75626-2", "|x", "http://x|", "a,b"),
        ("", ":not", ":text", ":in", ":not-in", ":above", ":below", ":of-type"),
    ),
    "uri": (("https://onestory.example/fhir/Questionnaire/audit-c",), ("", ":below", ":above")),
    "composite": (("http://loinc.org|75626-2$5", "x$ge2020"), ("",)),
    "special": (("51.5|-0.1|5|km",), ("",)),
}


class Asker:
    """Writes search strings for the types and parameters that a CapabilityStatement lists."""

    def __init__(self, random: Random, parameters: Parameters) -> None:
        self.random = random
        self.parameters = parameters

    def query(self, type_: str, patient: str, ids: list[str]) -> str:
        """Some parameters, most often with one that names the person."""
        pairs = [self._pair(type_, ids) for _ in range(self.random.choice((0, 1, 1, 1, 2, 3, 6)))]
        if self.random.random() < 0.8:
            known = self.parameters.get(type_, {})
            names = [name for name in ("patient", "subject", "_id") if name in known]
            pairs.append((self.random.choice(names or ["_id"]), patient))
        self.random.shuffle(pairs)
        return "&".join(f"{self._written(name)}={self._written(value)}" for name, value in pairs)

    def condition(self, type_: str, ids: list[str]) -> str:
        """What a conditional form asks: not percent-encoded in every client."""
        return "&".join("=".join(self._pair(type_, ids)) for _ in range(self.random.choice((1, 2))))

    def _pair(self, type_: str, ids: list[str]) -> tuple[str, str]:
        random = self.random
        name, kind = self._parameter(type_)
        chance = random.random()
        if chance < 0.5:
            return self._sane(name, kind, ids)
        if chance < 0.65:
            name = random.choice(list(RESULTS))
            return name, random.choice((*RESULTS[name], *RESULTS[name], random.choice(VALUES)))
        if chance < 0.8:
            return self._include(type_, name)
        if chance < 0.85:
            other = random.choice(list(self.parameters))
            inner, inner_kind = self._parameter(other)
            link = random.choice(("patient", "subject", name))
            return f"_has:{other}:{link}:{inner}", self._sane(inner, inner_kind, ids)[1]
        values = (*VALUES, *ids)
        return name + random.choice(MODIFIERS), random.choice(PREFIXES) + random.choice(values)

    def _parameter(self, type_: str) -> tuple[str, str]:
        return self.random.choice(
            list(self.parameters.get(type_, {}).items()) or [("_id", "token")]
        )

    def _sane(self, name: str, kind: str, ids: list[str]) -> tuple[str, str]:
        """What a careful client asks."""
        if self.random.random() < 0.1:
            return f"{name}:missing", self.random.choice(("true", "false"))
        values, modifiers = SANE.get(kind, SANE["string"])
        more = tuple(ids) if name == "_id" or kind == "reference" else ()
        return name + self.random.choice(modifiers), self.random.choice((*values, *more))

    def _include(self, type_: str, name: str) -> tuple[str, str]:
        random = self.random
        other = random.choice(list(self.parameters))
        inner, _ = self._parameter(other)
        back = random.choice(("patient", "subject", inner))
        if random.random() < 0.5:
            there = [
                each for each, kind in self.parameters.get(type_, {}).items() if kind == REFERS
            ]
            iterate = random.choice(("", "", ":iterate"))
            if random.random() < 0.5:
                return f"_include{iterate}", f"{type_}:{random.choice(there or [name])}"
            return f"_revinclude{iterate}", f"{other}:{back}"
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
        """Percent-encoded, and seldom wrongly."""
        encoded = quote(text.encode("utf-8", "surrogatepass"), safe=":|,$")
        if self.random.random() < 0.03:
            return encoded + self.random.choice(WRONGLY)
        return encoded


REFERS = "reference"
WRONGLY = ("%00", "%ff", "%ZZ", "%", "%ed%a0%80", "+", "%2", ";")
