"""Which rows of the log are looks: somebody asked to see what is held."""

from __future__ import annotations

from gateway.actions.consult_query import NAME
from gateway.storage.predicate_sql import Sql, placeholders

ENTRY = "CAST(a.entry AS TEXT)"
_READS = ("read", "vread", "search-type", "history-instance", "history-type")
# That release what is held, or tell of it.
_OPERATIONS = ("/$everything", "/$document", "/$story", "/$populate", "/$message", NAME)
INTERACTION, QUERY = (f"json_extract({ENTRY}, '$.{name}')" for name in ("interaction", "query"))
LOOKS = Sql(
    f"({INTERACTION} IN ({placeholders(len(_READS))})"
    f" OR ({INTERACTION} = 'transaction' AND {QUERY} <> '')"
    + "".join(f" OR {QUERY} LIKE '%{each}'" for each in _OPERATIONS)
    + ")",
    _READS,
)


def is_look(interaction: str, query: str) -> bool:
    """Whether a row of the log says that somebody asked to see what is held: the same as `LOOKS`.
    A transaction's row names what its GETs asked for."""
    return (
        interaction in _READS
        or (interaction == "transaction" and query != "")
        or query.endswith(_OPERATIONS)
    )
