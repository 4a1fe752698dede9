"""The steps map, score, label and store: from flat files to labelled resources."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import typer

from gateway.cli.demo.calling import Json
from gateway.cli.demo.sending import mapped, mapped_back
from gateway.cli.demo.walk import Walk, counted, expect

TOTAL = "total"
ALCOHOL = "audit-c"


def map_files(walk: Walk) -> str:
    """CSV files become transaction Bundles, nothing refused, and become the same files again."""
    rows = resources = 0
    for _, file in walk.screenings():
        out = walk.home.path / f"{file.file}.ndjson"
        walk.bundles[file] = mapped(file.kind, file.path, out)
        mine = [entry["resource"] for one in walk.bundles[file] for entry in one["entry"]]
        responses = [one for one in mine if one["resourceType"] == "QuestionnaireResponse"]
        expect(len(responses) == len(_rows(file.path)), f"{file.file}: a response for each row")
        rows, resources = rows + len(responses), resources + len(mine)
        back = out.with_suffix(".csv")
        mapped_back(file.kind, out, back)
        expect(back.read_bytes() == file.path.read_bytes(), f"{file.file}: the same file back")
    return f"{counted(rows, 'row')} of CSV became {resources} resources, and the same rows again"


def score(walk: Walk) -> str:
    """Totals are counted from the answers, are the known ones, and a wrong one is refused."""
    known = 0
    for _, file in walk.screenings():
        rows = _rows(file.path)
        bare = [{k: v for k, v in row.items() if not k.startswith(TOTAL)} for row in rows]
        bundles = mapped(file.kind, _csv(walk, bare), walk.home.path / "bare.ndjson")
        wanted = [_totals(row) for row in rows]
        expect(list(_counted(bundles)) == wanted, f"{file.file}: the known totals")
        known += sum(map(len, wanted))
    return f"{known} totals counted as known; a wrong one refused: {_refusal(walk)}"


def label(walk: Walk) -> str:
    """What is stored says what it is about by what was asked, whatever was answered."""
    sender, file = next(each for each in walk.screenings() if each[1].kind == ALCOHOL)
    caller, seen = walk.callers[sender], []
    for bundle in walk.bundles[file]:
        for answer in caller.transact(bundle):
            reference = "/".join(answer["location"].split("/")[-4:-2])
            if not reference.startswith("Patient/"):
                seen.append(caller.read(reference))
    found = {tuple(sorted(_labels(one))) for one in seen}
    expect(found == {("ETHUD", "R")}, "everything about alcohol should be ETHUD and R, no more")
    values = [one["valueQuantity"]["value"] for one in seen if "valueQuantity" in one]
    expect(min(values) == 0 < max(values), "a score of nought and a higher one")
    return f"{len(seen)} stored and labelled ETHUD, R; a score of 0 like one of {max(values)}"


def store(walk: Walk) -> str:
    """Bundles are accepted; sent twice, everything is stored once."""
    made = 0
    for sender, file in walk.screenings():
        for bundle in walk.bundles[file]:
            statuses = [one["status"] for one in walk.callers[sender].transact(bundle)]
            made += sum(status.startswith("201") for status in statuses)
    again = [
        one["status"]
        for sender, file in walk.screenings()
        for bundle in walk.bundles[file]
        for one in walk.callers[sender].transact(bundle)
    ]
    expect(made > 0, "new resources should be created")
    expect({status[:3] for status in again} == {"200"}, "nothing should be created twice")
    return f"{made} made now, none of them twice: all {len(again)} entries sent again are found"


def _refusal(walk: Walk) -> str:
    """The reason that a row with a wrong total is refused with; the others go through."""
    _, file = next(each for each in walk.screenings() if each[1].kind == ALCOHOL)
    rows = _rows(file.path)
    right = rows[0][TOTAL]
    rows[0][TOTAL] = wrong = str(int(right) + 1)
    source, out = _csv(walk, rows), walk.home.path / "wrong.ndjson"
    try:
        mapped(file.kind, source, out)
    except typer.Exit as ended:
        expect(ended.exit_code == 1, "a refused row should exit 1")
    else:
        expect(False, "a total that disagrees should be refused")
    (refused,) = _rows(out.parent / f"{source.name}.rejected.csv")
    expect(wrong in refused["reason"] and right in refused["reason"], "both totals named")
    through = out.read_text(encoding="utf-8").count('"resourceType":"QuestionnaireResponse"')
    expect(through == len(rows) - 1, "the other rows should go through")
    return f"row {refused['row']}, {refused['column']} {refused['reason']}"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _csv(walk: Walk, rows: list[dict[str, str]]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path = walk.home.path / "rows.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def _totals(row: dict[str, str]) -> list[int]:
    return sorted(int(value) for name, value in row.items() if name.startswith(TOTAL) and value)


def _counted(bundles: list[Json]) -> Iterator[list[int]]:
    """The scores of each response, in the order of the rows."""
    for bundle in bundles:
        scores: dict[str, list[int]] = {}
        for entry in bundle["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "QuestionnaireResponse":
                scores[entry["fullUrl"]] = []
            elif resource["resourceType"] == "Observation":
                origin = resource["derivedFrom"][0]["reference"]
                scores[origin].append(resource["valueQuantity"]["value"])
        yield from map(sorted, scores.values())


def _labels(resource: Json) -> list[str]:
    return [label["code"] for label in resource.get("meta", {}).get("security", [])]
