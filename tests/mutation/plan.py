"""What is changed, and which tests are asked about it: the quickest first, until one fails."""

from __future__ import annotations

Stages = tuple[tuple[str, ...], ...]

_CONSENT = "tests/consent"
_ACTIONS = "tests/gateway/actions"
_STORAGE = "tests/gateway/storage"

ENGINE_TESTS: Stages = (
    tuple(
        f"{_CONSENT}/test_{name}.py"
        for name in (
            "conformance",
            "criteria",
            "nesting",
            "roots",
            "predicate",
            "truth",
            "dates",
            "teams",
            "topics",
            "reading_consents",
            "regressions",
        )
    ),
    (_CONSENT,),
    (f"{_STORAGE}/test_decide_is_the_query.py", f"{_ACTIONS}/test_kept_answers.py"),
)
LABELLING_TESTS: Stages = (
    tuple(
        f"{_CONSENT}/test_labelling_{name}.py"
        for name in (
            "by_author",
            "by_code",
            "by_instrument",
            "by_what_is_named",
            "in_doubt",
            "of_parts",
            "of_what_is_mapped",
            "rules",
        )
    ),
    (_CONSENT,),
)
SQL_TESTS: Stages = (
    (
        f"{_STORAGE}/test_predicate_sql.py",
        f"{_STORAGE}/test_decide_is_the_query.py",
        f"{_STORAGE}/test_very_many_people.py",
    ),
    (f"{_ACTIONS}/test_search_and_consent.py",),
)
GATE_TESTS: Stages = (
    tuple(
        f"{_ACTIONS}/test_{name}.py"
        for name in ("search_and_consent", "what_leaks", "what_widens", "histories")
    ),
    tuple(
        f"{_ACTIONS}/test_{name}.py"
        for name in (
            "what_is_logged",
            "views",
            "kept_answers",
            "views_that_name_views",
            "decide_agrees",
            "staff_roles",
            "emergencies",
            "life_of_a_consent",
            "teams_and_parents",
            "writing_through_views",
            "everything",
            "what_a_delegate_sees",
            "consulting",
        )
    ),
)

_ENGINE = (
    "deciding",
    "compiling",
    "matching",
    "provisions",
    "roots",
    "reading",
    "inheriting",
    "parties",
    "people",
    "staff",
    "teams",
    "dates",
    "predicate",
    "truth",
    "factoring",
    "topics",
)
_GATE = ("gate", "sighting", "weighing", "kept_weighings", "footing", "former")

# The name of each part, and for each file of it the tests to ask.
PARTS: dict[str, dict[str, Stages]] = {
    "engine": {f"consent/{name}.py": ENGINE_TESTS for name in _ENGINE}
    | {"consent/judging.py": LABELLING_TESTS},
    "sql": {"src/gateway/storage/predicate_sql.py": SQL_TESTS},
    "gate": {f"src/gateway/actions/{name}.py": GATE_TESTS for name in _GATE},
}
