"""The view of a writer, laid on the whole: what of it they see, and where that stands."""

from __future__ import annotations

from typing import Any

from gateway.actions.releasing import projected, tree
from gateway.actions.writing import Writing
from gateway.fhir.encoding import encode
from gateway.fhir.merging import marked
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria


def seen_in(writing: Writing, row: Row, stored: dict[str, Any]) -> dict[str, Any]:
    """The writer's view of what is stored, with the writer's own Patients; each item of a list says
    where it stands in the whole. They have seen it in this transaction."""
    gate = writing.gate
    view = gate.view_of(row, gate.sight(Criteria(row.type, ids=(row.id,))))
    assert view is not None  # noqa: S101 - they have seen it
    seen = projected(marked(stored), view)
    assert seen is not None  # noqa: S101 - they have seen it
    body = encode(seen)
    for theirs, ours in view.patients:
        body = body.replace(theirs, ours)
    return tree(body)
