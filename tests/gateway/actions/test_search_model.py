"""The server's searches against a model: release all that may be seen, then look at it by R4's
rules in plain Python. Whatever the index knows beyond that must make no difference."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from callers import MOOD, NHS, Caller, House, body_of, consent, patient, score
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SNOMED = "http://snomed.info/sct"
HOUSING = "32911000"
FULL = os.environ.get("ONESTORY_FULL") == "1"
CODES = ("75626-2", MOOD)
DAYS = ("2026-01-05", "2026-02", "2026", "2026-02-10T10:00:00Z")


# --- a store -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """One resource to write: of which kind, and which of those before it it names."""

    kind: str
    code: int
    day: int
    status: int
    value: int
    named: tuple[int, ...]
    visit: int | None
    worded: bool


def plans() -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan,
        kind=st.sampled_from(("Observation", "Observation", "Encounter")),
        code=st.integers(0, 1),
        day=st.integers(0, len(DAYS)),
        status=st.integers(0, 1),
        value=st.integers(0, 6),
        named=st.lists(st.integers(0, 9), max_size=2, unique=True).map(tuple),
        visit=st.none() | st.integers(0, 9),
        worded=st.booleans(),
    )


def resource(plan: Plan, subject: str, before: list[str], organization: str) -> Json:
    visits = [each for each in before if each.startswith("Encounter/")]
    visit = visits[plan.visit % len(visits)] if visits and plan.visit is not None else None
    if plan.kind == "Encounter":
        return {
            "resourceType": "Encounter",
            "status": ("finished", "planned")[plan.status],
            "class": {"system": ACT, "code": "AMB"},
            "reasonCode": [{"coding": [{"system": SNOMED, "code": HOUSING}]}],
            "subject": {"reference": subject},
        } | ({"partOf": {"reference": visit}} if visit else {})
    named = {each for each in before if each.startswith("Observation/")}
    derived = [sorted(named)[n % len(named)] for n in plan.named] if named else []
    body = score(subject, CODES[plan.code], status=("final", "amended")[plan.status])
    del body["effectiveDateTime"]
    body["valueQuantity"] = body["valueQuantity"] | {"value": plan.value}
    body |= {"effectiveDateTime": DAYS[plan.day]} if plan.day < len(DAYS) else {}
    body |= (
        {"derivedFrom": [{"reference": each} for each in dict.fromkeys(derived)]} if derived else {}
    )
    body |= {"encounter": {"reference": visit}} if visit else {}
    if plan.worded:
        body["performer"] = [{"reference": organization, "display": "Ward Seven"}]
        body["meta"] = {"source": "urn:ward", "tag": [{"system": "urn:t", "code": "x"}]}
    return body


# --- what is asked, and what R4 says of it ---------------------------------------------------


@dataclass
class World:
    """Everything that one requester is released, by reference, in the order of change."""

    released: dict[str, Json] = field(default_factory=dict)

    def of(self, type_: str) -> Iterator[tuple[str, Json]]:
        return ((ref, body) for ref, body in self.released.items() if ref.startswith(type_))


Holds = Callable[[World, str, Json], bool]


def named(body: Json, element: str) -> list[str]:
    held = body.get(element, [])
    return [each["reference"] for each in (held if isinstance(held, list) else [held])]


def coded(body: Json) -> list[str]:
    return [each["code"] for each in body.get("code", {}).get("coding", ())]


def within(held: str | None, asked: str) -> bool:
    return held is not None and held.startswith(asked)


def labelled(body: Json, code: str) -> bool:
    return any(each["code"] == code for each in body["meta"].get("security", ()))


def has(element: str, holds: Holds) -> Holds:
    """Some Observation names it by the element, and holds."""
    return lambda world, ref, _: any(
        ref in named(other, element) and holds(world, other_ref, other)
        for other_ref, other in world.of("Observation/")
    )


def chain(element: str, holds: Holds) -> Holds:
    return lambda world, _, body: any(
        target in world.released and holds(world, target, world.released[target])
        for target in named(body, element)
    )


def has_code(code: str) -> Holds:
    return lambda _, __, body: code in coded(body)


def has_status(status: str) -> Holds:
    return lambda _, __, body: body["status"] == status


def value(test: Callable[[float], bool]) -> Holds:
    return lambda _, __, body: "valueQuantity" in body and test(body["valueQuantity"]["value"])


OBSERVATIONS: dict[str, Holds] = {
    f"code={CODES[0]}": has_code(CODES[0]),
    f"code=http://loinc.org|{MOOD}": has_code(MOOD),
    f"code={CODES[0]},{MOOD}": lambda _, __, body: bool({*CODES} & {*coded(body)}),
    f"code:not={MOOD}": lambda _, __, body: MOOD not in coded(body),
    "status=final": has_status("final"),
    "status:not=final": lambda _, __, body: body["status"] != "final",
    "date=2026": lambda _, __, body: within(body.get("effectiveDateTime"), "2026"),
    "date=2026-02": lambda _, __, body: within(body.get("effectiveDateTime"), "2026-02"),
    "date=2026-01,2026-02-10": lambda _, __, body: (
        within(body.get("effectiveDateTime"), "2026-01")
        or within(body.get("effectiveDateTime"), "2026-02-10")
    ),
    "date:missing=true": lambda _, __, body: "effectiveDateTime" not in body,
    "date:missing=false": lambda _, __, body: "effectiveDateTime" in body,
    "derived-from:missing=true": lambda _, __, body: "derivedFrom" not in body,
    "derived-from:missing=false": lambda _, __, body: "derivedFrom" in body,
    "encounter:missing=true": lambda _, __, body: "encounter" not in body,
    "value-quantity=gt3": value(lambda held: held > 3),
    "value-quantity=le2||{score}": value(lambda held: held <= 2),
    "value-quantity=5": value(lambda held: held == 5),
    f"code-value-quantity={MOOD}$ge2": lambda world, ref, body: (
        MOOD in coded(body) and value(lambda held: held >= 2)(world, ref, body)
    ),
    "_source=urn:ward": lambda _, __, body: body["meta"].get("source") == "urn:ward",
    "_tag=urn:t|x": lambda _, __, body: any(
        each.get("code") == "x" for each in body["meta"].get("tag", ())
    ),
    "_security=MH": lambda _, __, body: labelled(body, "MH"),
    "_security:not=ETHUD": lambda _, __, body: not labelled(body, "ETHUD"),
    "performer:text=seven": lambda _, __, body: any(
        "Seven" in each.get("display", "") for each in body.get("performer", ())
    ),
    "performer:missing=false": lambda _, __, body: "performer" in body,
    "encounter.status=planned": chain("encounter", has_status("planned")),
    "encounter:Encounter.part-of.status=planned": chain(
        "encounter", chain("partOf", has_status("planned"))
    ),
    f"derived-from:Observation.code={MOOD}": chain("derivedFrom", has_code(MOOD)),
    "derived-from:Observation.value-quantity=gt3": chain(
        "derivedFrom", value(lambda held: held > 3)
    ),
    "_has:Observation:derived-from:status=final": has("derivedFrom", has_status("final")),
    f"_has:Observation:derived-from:code={MOOD}": has("derivedFrom", has_code(MOOD)),
    "_has:Observation:derived-from:encounter.status=finished": has(
        "derivedFrom", chain("encounter", has_status("finished"))
    ),
}
ENCOUNTERS: dict[str, Holds] = {
    "status=finished": has_status("finished"),
    "part-of:missing=true": lambda _, __, body: "partOf" not in body,
    "part-of.status=planned": chain("partOf", has_status("planned")),
    f"_has:Observation:encounter:code={MOOD}": has("encounter", has_code(MOOD)),
    "_has:Observation:encounter:value-quantity=ge4": has("encounter", value(lambda v: v >= 4)),
    f"reason-code={HOUSING}": lambda _, __, body: "reasonCode" in body,
}
ALL: dict[str, dict[str, Holds]] = {"Observation": OBSERVATIONS, "Encounter": ENCOUNTERS}


@dataclass(frozen=True)
class Asked:
    type: str
    parts: tuple[str, ...]
    by_id: tuple[str, int] | None  # a reference parameter, and which of the references there are
    order: str
    count: int


def questions() -> st.SearchStrategy[Asked]:
    def of(type_: str) -> st.SearchStrategy[Asked]:
        parts = st.lists(st.sampled_from(sorted(ALL[type_])), max_size=3, unique=True).map(tuple)
        by = st.sampled_from(
            ("derived-from", "encounter") if type_ == "Observation" else ("part-of",)
        )
        orders = ("", "_lastUpdated", "-_lastUpdated", "_id")
        orders += ("-date", "date,_id", "value-quantity,_id") if type_ == "Observation" else ()
        return st.builds(
            Asked,
            st.just(type_),
            parts,
            st.none() | st.tuples(by, st.integers(0, 19)),
            st.sampled_from(orders),
            st.integers(1, 4),
        )

    return st.one_of(of("Observation"), of("Observation"), of("Encounter"))


ELEMENTS = {"derived-from": "derivedFrom", "encounter": "encounter", "part-of": "partOf"}


def expected(world: World, asked: Asked, target: str | None) -> list[str]:
    """What R4 says is found among what is released, oldest change first."""
    tests = [ALL[asked.type][part] for part in asked.parts]
    found = []
    for ref, body in world.of(f"{asked.type}/"):
        by_reference = (
            target is None or asked.by_id is None or target in named(body, ELEMENTS[asked.by_id[0]])
        )
        if by_reference and all(test(world, ref, body) for test in tests):
            found.append(ref)
    return found


# --- the test --------------------------------------------------------------------------------


def number(n: int) -> str:
    """An NHS number of the 999 range."""
    while True:
        digits = f"999{n:06d}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(0 if check == 11 else check)
        n += 500_000


def released(caller: Caller, references: list[str]) -> World:
    """Everything of these that the requester may read, each by its own door."""
    world = World()
    for reference in references:
        answer = caller.get(reference)
        if answer.status == 200:
            world.released[reference] = body_of(answer)
    return world


def aimed(asked: Asked, bodies: list[Json], written: list[str]) -> str | None:
    """What a reference parameter is given: something that is named, seen or not, where any is."""
    if asked.by_id is None:
        return None
    name, n = asked.by_id
    targets = [each for body in bodies for each in named(body, ELEMENTS[name])] or written
    return targets[n % len(targets)]


def answered(caller: Caller, asked: Asked, subject: str, target: str | None) -> list[str]:
    query = [("patient", subject), *(part for text in asked.parts for part in parse_qsl(text))]
    if target is not None and asked.by_id is not None:
        query.append((asked.by_id[0], target))
    query += [("_sort", asked.order)] if asked.order else []
    first = body_of(caller.ask(asked.type, *query))
    whole = [f"{asked.type}/{e['resource']['id']}" for e in first.get("entry", ())]
    assert first["total"] == len(whole)
    assert paged(caller, asked, query) == whole
    counted = body_of(caller.ask(asked.type, *query, ("_summary", "count")))
    assert counted["total"] == len(whole)
    return whole


def paged(caller: Caller, asked: Asked, query: list[tuple[str, str]]) -> list[str]:
    seen: list[str] = []
    query = [*query, ("_count", str(asked.count))]
    while True:
        page = body_of(caller.ask(asked.type, *query))
        seen += [f"{asked.type}/{e['resource']['id']}" for e in page.get("entry", ())]
        links = {each["relation"]: each["url"] for each in page["link"]}
        if "next" not in links:
            return seen
        query = parse_qsl(urlsplit(links["next"]).query)


COUNTER = iter(range(1, 400_000))


@settings(
    max_examples=300 if FULL else 6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    store=st.lists(plans(), min_size=3, max_size=14 if FULL else 9),
    denied=st.sampled_from(("MH", "ETHUD", "")),
    asked=st.lists(questions(), min_size=4, max_size=12 if FULL else 6),
)
def test_searches_find_what_the_model_finds(
    house: House, store: list[Plan], denied: str, asked: list[Asked]
) -> None:
    someone = {"identifier": [{"system": NHS, "value": number(next(COUNTER))}]}
    me = house.registers(patient() | someone)
    at_trust, at_drugs = (
        caller.writes(patient() | someone) for caller in (house.trust, house.drugs)
    )
    agreed = consent(me.me, "permit", house.organizations["DA1"])
    if denied:
        but = consent(me.me, "deny", securityLabel=[{"system": ACT, "code": denied}])
        agreed["provision"]["provision"] = [but["provision"]]
    me.writes(agreed)
    bodies: list[Json] = []
    written: list[str] = []
    for plan in store:
        body = resource(plan, at_trust, written, house.organizations["RX1"])
        bodies.append(body)
        written.append(house.trust.writes(body))
    for caller, subject in ((house.trust, at_trust), (house.drugs, at_drugs), (me, me.me)):
        world = released(caller, written)
        for type_, part in ((type_, part) for type_, parts in ALL.items() for part in parts):
            alone = Asked(type_, (part,), None, "", 0)
            query = [("patient", subject), *parse_qsl(part)]
            assert caller.finds(type_, *query) == expected(world, alone, None), part
        for each in asked:
            target = aimed(each, bodies, written)
            found = answered(caller, each, subject, target)
            wanted = expected(world, each, target)
            assert sorted(found) == sorted(wanted), (each, target)
            if each.order in ("", "_lastUpdated"):
                assert found == wanted, each
            if each.order == "-_lastUpdated":
                assert found == wanted[::-1], each
            if each.order == "_id":
                assert found == sorted(wanted), each
