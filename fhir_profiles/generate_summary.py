"""Writes search/summary.json: the elements that R4 marks as a resource's summary.

Run it by hand when the set of types changes:

    python -m fhir_profiles.generate_summary DEFINITIONS

DEFINITIONS is the folder that `generate.py` reads. Each type maps to the paths beneath it, by JSON
names, of what stays under `_summary=true`; a datatype stays whole.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fhir_profiles.generate import FOLDER, resources_in

FILE = Path(__file__).parent / "search" / "summary.json"
NOTE = (
    "What R4 (4.0.1) marks isSummary, by type, written by fhir_profiles/generate_summary.py from"
    " HL7's profiles-resources.xml (CC0)."
)


def summary_of(definition: dict[str, Any]) -> list[str]:
    """The paths of the definition's summary, each choice under every name that it may have."""
    type_ = definition["id"]
    shapes = json.loads((FOLDER / f"{type_}.json").read_text("utf-8"))
    marked = {
        each["path"].removeprefix(f"{type_}.").replace("[x]", "")
        for each in definition["snapshot"]["element"]
        if each.get("isSummary") == "true"
    }
    found = []
    for owner, elements in shapes.items():
        beneath = owner.removeprefix(type_).lstrip(".")
        for name, element in elements.items():
            path = f"{beneath}.{name}".lstrip(".")
            chosen = f"{beneath}.{element.get('choice', name)}".lstrip(".")
            if chosen in marked or path in marked:
                found.append(path)
    return found


def main(definitions: Path, types: list[str]) -> None:
    """Reads the definitions and writes the table, one line for each type."""
    found = {
        each["id"]: summary_of(each)
        for each in resources_in(definitions / "profiles-resources.xml")
        if each["resourceType"] == "StructureDefinition" and each.get("id") in types
    }
    lines = [f"  {json.dumps(type_)}: {json.dumps(found[type_])}" for type_ in sorted(found)]
    text = f'{{"note": {json.dumps(NOTE)},\n"types": {{\n' + ",\n".join(lines) + "\n}}\n"
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    known = json.loads((FILE.parent / "parameters.json").read_text("utf-8"))["types"]
    main(Path(sys.argv[1]), list(known))
