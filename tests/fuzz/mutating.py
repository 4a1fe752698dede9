"""Valid resources, changed: a little, wildly, and below what JSON can say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

VALID: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "gateway" / "fhir" / "valid.json").read_text("utf-8")
)
EXTENSION = "https://onestory.example/fhir/StructureDefinition/made-up"

TEXTS = (
    *("", " ", "a b ", "\u00a0", "\u200b\u200d", "\ufeff", "\u202eabc", "e\u0301\u0327", "\u0000"),
    *(
        "\ud800",
        "\U0001f9d1\u200d\U0001f9d1",
        "ß\u1e9e\u0130ı",
        "%s%n",
        "{0}",
        "../../x",
        "\r\nX: y",
    ),
    *("'; DROP TABLE resource; --", "a|b|c", "a,b\\", "$x", "a" * 70, "-" * 65, "<b>x</b>", "NaN"),
    *("urn:uuid:x", "#", "#a", "Patient/", "Patient/x/_history/1", "http://[", "//x", "null", "*"),
)
DATES = (
    *("0000", "0001-01-01", "1582-10-10", "1899-12-31", "1900-02-29", "2000-02-29", "2026-02-30"),
    *("9999-12-31", "9999-12-31T23:59:59.999999999+14:00", "0001-01-01T00:00:00+14:00"),
    *("2026-03-29T01:30:00Z", "2026-12-31T23:59:60Z", "2026-01-01T24:00:00Z", "2026-13"),
    *("2026-01-01T00:00:00.1234567890123Z", "2026-01-01T00:00:00-99:99", "10000-01-01", "-001"),
)
NUMBERS = (
    *("0", "-0", "-0.0", "1.0", "1.00", "0.1e-999", "1e400", "-1e400", "1e308", "1E+2", "1e-400"),
    *("9" * 30, "0." + "1" * 40, "2147483648", "-2147483649", "NaN", "-Infinity", "01", "1.", ".5"),
)
ODD: tuple[Any, ...] = (None, True, False, 0, -1, 1.5, 2**40, [], {}, [[]], [None], {"": ""})


@dataclass(frozen=True)
class Known:
    """What resources may refer to: the patient, and a service of the directory."""

    patient: str
    service: str


def about(resource: Any, known: Known) -> Any:
    """The resource with every reference to a Patient or an Organization turned to these."""
    text = re.sub(r'"Patient/[^"]*"', f'"{known.patient}"', json.dumps(resource))
    return json.loads(re.sub(r'"Organization/[^"]*"', f'"{known.service}"', text))


def valid(random: Random, known: Known, type_: str | None = None) -> dict[str, Any]:
    """One of our valid resources (of this type, if there is one) without its id."""
    alike = [each for each in VALID if each["resourceType"] == type_]
    chosen = about(random.choice(alike or VALID), known)
    return {name: value for name, value in chosen.items() if name != "id"}


def mutated(random: Random, resource: dict[str, Any]) -> bytes:
    """The resource as JSON, after none to three changes to it and perhaps one to its text."""
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        random.choice(_CHANGES)(random, resource)
    text = json.dumps(resource)
    if random.random() < 0.15:
        text = random.choice(_TEXT_CHANGES)(random, text)
    return text.encode("utf-8", "surrogatepass")


Spot = tuple[Any, Any]


def _spots(value: Any) -> Iterator[Spot]:
    """Every place of a resource: what holds it, and its name or number there."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(pairs):
        yield value, key
        if isinstance(child, dict | list):
            yield from _spots(child)


def _spot(random: Random, resource: dict[str, Any]) -> Spot:
    return random.choice(list(_spots(resource)) or [(resource, "resourceType")])


def _drop(random: Random, resource: dict[str, Any]) -> None:
    holder, key = _spot(random, resource)
    holder.pop(key, None) if isinstance(holder, dict) else holder.pop(key)


def _replace(random: Random, resource: dict[str, Any]) -> None:
    holder, key = _spot(random, resource)
    holder[key] = deepcopy(random.choice((*TEXTS, *DATES, *ODD)))


def _same_kind(random: Random, resource: dict[str, Any]) -> None:
    """A date for a date, a text for a text: what a check of kinds lets through."""
    spots = [(h, k) for h, k in _spots(resource) if isinstance(h[k], str)]
    holder, key = random.choice(spots or [(resource, "language")])
    date = isinstance(key, str) and re.search("date|period|start|end|issued|recorded", key, re.I)
    holder[key] = random.choice(DATES if date else TEXTS)


def _repeat(random: Random, resource: dict[str, Any]) -> None:
    lists = [h[k] for h, k in _spots(resource) if isinstance(h[k], list) and h[k]]
    if lists:
        chosen = random.choice(lists)
        chosen.extend(deepcopy(chosen[:1]) * random.choice((1, 3, 200)))


def _wrap(random: Random, resource: dict[str, Any]) -> None:
    holder, key = _spot(random, resource)
    holder[key] = random.choice(([holder[key]], {"value": holder[key]}, {"extension": holder[key]}))


def _swap(random: Random, resource: dict[str, Any]) -> None:
    (one, here), (other, there) = _spot(random, resource), _spot(random, resource)
    one[here], other[there] = deepcopy(other[there]), deepcopy(one[here])


def _unknown(random: Random, resource: dict[str, Any]) -> None:
    holders = [h[k] for h, k in _spots(resource) if isinstance(h[k], dict)]
    name = random.choice(("mood", "_status", "value", "valueString", "fhir_comments", "", "a.b"))
    random.choice([resource, *holders])[name] = deepcopy(random.choice(ODD))


def _huge(random: Random, resource: dict[str, Any]) -> None:
    holder, key = _spot(random, resource)
    holder[key] = random.choice(("x", "wörd ", "\U0001f600")) * random.choice((2_000, 60_000))


def _extensions(random: Random, resource: dict[str, Any]) -> None:
    inner: dict[str, Any] = {"url": EXTENSION, "valueString": "x"}
    for _ in range(random.choice((1, 5, 20, 40, 90))):
        inner = {"url": EXTENSION, "extension": [inner]}
    holders = [h[k] for h, k in _spots(resource) if isinstance(h[k], dict)]
    random.choice([resource, *holders])[random.choice(("extension", "modifierExtension"))] = [inner]


def _contained(random: Random, resource: dict[str, Any]) -> None:
    """Contained resources that name each other, themselves, nothing, or hold more."""
    kinds = ("Observation", "Practitioner", "Group", "Medication", "Bundle", "Nonsense", "Patient")
    names = ["a", random.choice(("a", "b")), "c"]
    resource["contained"] = [
        {
            "resourceType": random.choice(kinds),
            "id": name,
            "subject": {"reference": f"#{random.choice(['a', 'b', 'c', 'd', ''])}"},
        }
        for name in names
    ]
    if random.random() < 0.3:
        resource["contained"][0]["contained"] = deepcopy(resource["contained"])


def _reference(random: Random, resource: dict[str, Any]) -> None:
    found = [h[k] for h, k in _spots(resource) if isinstance(h[k], dict) and "reference" in h[k]]
    wanted = random.choice(found or [resource])
    wanted["reference"] = random.choice(
        (*TEXTS, "#", "#a", "Observation/x", "urn:uuid:" + "0" * 36)
    )


def _grown(random: Random, resource: dict[str, Any]) -> None:
    """A part of another valid resource in this one: right elsewhere, wrong here."""
    donor = random.choice(VALID)
    name = random.choice(list(donor))
    if name != "resourceType":
        resource[name] = deepcopy(donor[name])


_CHANGES: tuple[Callable[[Random, dict[str, Any]], None], ...] = (
    *(_drop, _replace, _same_kind, _same_kind, _repeat, _wrap, _swap, _unknown, _huge),
    *(_extensions, _contained, _reference, _grown),
)


def _number(random: Random, text: str) -> str:
    """One number as no program would write it."""
    return re.sub(r"(?<=: )-?\d+(\.\d+)?(?=[,}])", lambda _: random.choice(NUMBERS), text, count=1)


def _twice(random: Random, text: str) -> str:
    name = random.choice(re.findall(r'"(\w+)": ', text) or ["x"])
    return text.replace("{", f'{{"{name}": 1, ', 1)


def _cut(random: Random, text: str) -> str:
    return text[: random.randrange(len(text))]


def _flipped(random: Random, text: str) -> str:
    place = random.randrange(len(text))
    return (
        text[:place] + chr(random.choice((0, 9, 34, 44, 92, 125, 200, 0x2028))) + text[place + 1 :]
    )


def _deep(random: Random, text: str) -> str:
    depth = random.choice((30, 64, 65, 5_000))
    return text[:-1] + ', "extension": ' + "[" * depth + "]" * depth + "}"


_TEXT_CHANGES: tuple[Callable[[Random, str], str], ...] = (
    *(_number, _number, _twice, _cut, _flipped, _deep),
)
