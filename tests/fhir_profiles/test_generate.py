"""Shapes come out of R4's XML definitions: cardinality, choices, bindings, targets, backbones."""

from __future__ import annotations

import json
from pathlib import Path

from fhir_profiles.generate import main

HEAD = '<Bundle xmlns="http://hl7.org/fhir"><entry><resource>'
TAIL = "</resource></entry></Bundle>"
SD = "http://hl7.org/fhir/StructureDefinition"


def element(path: str, low: str, high: str, *kinds: str, more: str = "") -> str:
    types = "".join(f"<type>{kind}</type>" for kind in kinds)
    return (
        f'<element id="{path}"><path value="{path}"/><min value="{low}"/><max value="{high}"/>'
        f'<base><path value="{path}"/></base>{types}{more}</element>'
    )


def code(name: str) -> str:
    return f'<code value="{name}"/>'


def binding(name: str) -> str:
    url = f"http://hl7.org/fhir/ValueSet/{name}|4.0.1"
    return f'<binding><strength value="required"/><valueSet value="{url}"/></binding>'


THING = "".join(
    (
        '<StructureDefinition><id value="Thing"/><kind value="resource"/>',
        '<derivation value="specialization"/><type value="Thing"/><snapshot>',
        element("Thing", "0", "*"),
        element("Thing.status", "1", "1", code("code"), more=binding("states")),
        element("Thing.unit", "0", "1", code("code"), more=binding("open")),
        element("Thing.value[x]", "1", "1", code("string"), code("Quantity")),
        element(
            "Thing.about",
            *("0", "*"),
            f'{code("Reference")}<targetProfile value="{SD}/Patient"/>',
        ),
        element(
            "Thing.any", "0", "1", f'{code("Reference")}<targetProfile value="{SD}/Resource"/>'
        ),
        element("Thing.part", "0", "*", code("BackboneElement")),
        element(
            "Thing.part.dose", "0", "1", f'{code("Quantity")}<profile value="{SD}/SimpleQuantity"/>'
        ),
        element("Thing.part.gone", "0", "0", code("string")),
        element("Thing.part.part", "0", "*", more='<contentReference value="#Thing.part"/>'),
        "</snapshot></StructureDefinition>",
    )
)
SETS = (
    '<CodeSystem><url value="urn:s"/><concept><code value="a"/>'
    '<concept><code value="b"/></concept></concept></CodeSystem></resource></entry>'
    '<entry><resource><ValueSet><id value="states"/><compose><include>'
    '<system value="urn:s"/></include></compose></ValueSet></resource></entry>'
    '<entry><resource><ValueSet><id value="open"/><compose><include>'
    '<system value="urn:elsewhere"/></include></compose></ValueSet>'
)


def test_a_definition_becomes_its_shape(tmp_path: Path) -> None:
    for name, content in (
        ("profiles-resources", THING),
        ("profiles-types", THING.replace("Thing", "Datum").replace("resource", "complex-type")),
        ("valuesets", SETS),
        ("v3-codesystems", SETS),
    ):
        (tmp_path / f"{name}.xml").write_text(HEAD + content + TAIL, "utf-8")
    main(tmp_path, tmp_path)
    thing = json.loads((tmp_path / "Thing.json").read_text("utf-8"))
    assert thing == {
        "Thing": {
            "status": {"type": "code", "min": 1, "codes": "states"},
            "unit": {"type": "code"},
            "valueString": {"type": "string", "min": 1, "choice": "value"},
            "valueQuantity": {"type": "Quantity", "min": 1, "choice": "value"},
            "about": {"type": "Reference", "many": True, "targets": ["Patient"]},
            "any": {"type": "Reference"},
            "part": {"type": "Thing.part", "many": True},
        },
        "Thing.part": {
            "dose": {"type": "SimpleQuantity"},
            "part": {"type": "Thing.part", "many": True},
        },
    }
    assert json.loads((tmp_path / "codes.json").read_text("utf-8")) == {
        "states": {"urn:s": ["a", "b"]}
    }
    assert "Datum.part" in json.loads((tmp_path / "datatypes.json").read_text("utf-8"))
