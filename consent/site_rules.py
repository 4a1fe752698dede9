"""A site's own labelling rules: one file that adds to the rules of the product, or replaces them.

`{"version": "riverside-1", "codes": [{"rule": "hiv-tests", "topics": ["HIV"], "level": "R",
"system": "http://snomed.info/sct", "codes": [...]}], "systems": [...], "instruments": [...],
"services": [...], "reference_sets": [{"id": ..., "codes": [...]}], "without": ["rule", ...]}`.
Every member but `version` may be left out. A code, a system, a questionnaire or a kind of service
that the site lists has the site's rule; `without` takes rules of the product away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fhir_profiles
from consent.label_rules import Rules, made
from consent.site_rule_shapes import SiteRulesError, checked


def with_site(site: Any) -> Rules:
    """The rules of the product with a site's; raises SiteRulesError, as rules in doubt must not
    label."""
    whole = checked(site)
    data = dict(fhir_profiles.load("labels/rules.json"))
    sets = dict(fhir_profiles.load("labels/reference_sets.json"))
    gone = _gone(whole, data, sets)
    version = whole["version"]
    for member in ("codes", "systems", "instruments"):
        own = [{**row, "version": version} for row in whole.get(member, [])]
        data[member] = [row for row in data[member] if _name(row) not in gone] + own
    data["types"] = [row for row in data["types"] if row["rule"] not in gone]
    services = data["services"]
    own = [{**row, "version": version} for row in whole.get("services", [])]
    kept = [row for row in services["rules"] if row["rule"] not in gone]
    data["services"] = services | {"rules": kept + own}
    sets["sets"] = [row for row in _members(sets, whole) if row["rule"] not in gone]
    return made(data, sets, version)


def _gone(
    whole: Mapping[str, Any], data: Mapping[str, Any], sets: Mapping[str, Any]
) -> frozenset[str]:
    """The rules of the product that are taken away."""
    replaced = {row["questionnaire"] for row in whole.get("instruments", [])}
    rows = [row for name in ("codes", "systems", "types", "instruments") for row in data[name]]
    names = {_name(row) for row in (*rows, *data["services"]["rules"], *sets["sets"])}
    for index, name in enumerate(whole.get("without", [])):
        if name not in names:
            raise SiteRulesError(f"without[{index}] must be a rule of the product")
    taken = {row["id"] for row in data["instruments"] if row["questionnaire"] in replaced}
    return frozenset(whole.get("without", [])) | taken


def _members(sets: Mapping[str, Any], whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reference sets with the members that the site lists for them."""
    listed = {row["id"]: row["codes"] for row in whole.get("reference_sets", [])}
    known = {row["id"] for row in sets["sets"]}
    for index, row in enumerate(whole.get("reference_sets", [])):
        if row["id"] not in known:
            text = f"must be one of {', '.join(sorted(known))}"
            raise SiteRulesError(f"reference_sets[{index}].id {text}")
    return [row | {"codes": listed.get(row["id"], row["codes"])} for row in sets["sets"]]


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("rule", row.get("id")))
