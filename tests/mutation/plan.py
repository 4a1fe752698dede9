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
            *("delegated", "lending", "following"),
        ),
        "src/gateway/fhir/parting.py",
        "consent/parts.py",
    ),
    (
        *_tests("consent", "parts", "labelling_of_parts"),
        *_tests(
            "gateway/actions",
            *("search_and_consent", "what_leaks", "what_widens", "histories", "documents"),
            *("views", "views_of_other_types", "views_that_name_views", "attacks_on_views"),
            *("writing_through_views", "who_writes_through_views", "who_decides_for_a_person"),
            *("footing", "kept_answers", "decide_agrees", "staff_roles", "teams_and_parents"),
            *("emergencies", "life_of_a_consent", "everything", "consulting", "disclosing"),
            *(
                "what_a_delegate_sees",
                "who_may_consent",
                "what_is_logged",
                "who_writes_what",
                "who_reads_the_words",
                "own_records_name_what_is_hidden",
                "what_the_gate_keeps",
                "what_the_gate_tells_apart",
                "spoken_word",
                "labels_tell_nothing_hidden",
                "labels_follow_what_is_named",
                "views_that_name_each_other",
                "relabelling",
            ),
            *("many_people", "deleting", "changing", "labels_in_transactions", "kinds_of_service"),
        ),
        *_tests("gateway/fhir", "parting"),
    ),
)

GROUPS = {"engine": _ENGINE, "sql": _SQL, "gate": _GATE}
