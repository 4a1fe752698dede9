"""What is changed, and which tests are asked about it: those that reach it, until one fails."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Files, and the tests that hold them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


def _in(folder: str, *names: str, prefix: str = "") -> tuple[str, ...]:
    return tuple(f"{folder}/{prefix}{name}.py" for name in names)


def _tests(folder: str, *names: str) -> tuple[str, ...]:
    return _in(f"tests/{folder}", *names, prefix="test_")


# From the JSON of a Consent to the verdict, and whose consents are asked.
_ENGINE = Group(
    _in(
        "consent",
        *("reading", "reading_criteria", "roots", "inheriting", "dates", "topics"),
        *("deciding", "compiling", "provisions", "matching", "reach", "asked", "request"),
        *("parties", "people", "staff", "teams", "directory", "policy"),
        *("predicate", "truth", "factoring", "judging"),
    ),
    (
        "tests/consent",
        *_tests("gateway/storage", "decide_is_the_query"),
        *_tests("gateway/actions", "kept_answers", "teams_and_parents", "staff_roles"),
    ),
)

# From a condition to SQL.
_SQL = Group(
    _in("src/gateway/storage", "predicate_sql"),
    (
        *_tests(
            "gateway/storage",
            "predicate_sql",
            "predicate_sql_edges",
            "decide_is_the_query",
            "very_many_people",
        ),
        *_tests("gateway/actions", "search_and_consent"),
    ),
)

# From who asks to the bytes that leave.
_GATE = Group(
    (
        *_in(
            "src/gateway/actions",
            *("gate", "sighting", "weighing", "kept_weighings", "footing", "former", "past"),
            *("judging", "mixed", "viewing", "version_views", "named_rows", "releasing"),
            *("delegated", "lending", "following", "needing"),
        ),
        "src/gateway/fhir/parting.py",
        "consent/parts.py",
    ),
    (
        *_tests("consent", "parts", "labelling_of_parts"),
        "tests/gateway/actions",
        *_tests("gateway/fhir", "parting"),
    ),
)

GROUPS = {"engine": _ENGINE, "sql": _SQL, "gate": _GATE}
