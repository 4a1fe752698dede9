"""Labels on the way in again: an author may raise them, and no client lowers them.

What the gateway itself showed in meta comes back in every update of what was read; it says nothing
new. What an author once said besides stays, whatever is sent.
"""

from __future__ import annotations

from typing import Any

from consent.label_rules import LABEL_RULE
from consent.labelling import Labels
from consent.reading_facts import LABELLING
from consent.topics import CONFIDENTIALITY, bit, level_of

Json = dict[str, Any]
_OURS = ("security", "tag", "extension")  # of meta: what is shown there may be the gateway's


def raised(told: Labels, stored: Json, sent: Json) -> Json:
    """What was sent, with meta as it will be stored: no label of the version that stands is lost.

    `stored` is the whole of the version that stands, with the author's own meta; `told` are the
    labels that the author read.
    """
    meta: Json = {k: v for k, v in sent.get("meta", {}).items() if k not in _OURS}
    own, wanted = _codings(stored, "security"), _codings(sent, "security")
    kept = [each for each in own if _is_label(each) or each in wanted]
    security = kept + [each for each in wanted if each not in kept and _says_more(told, each)]
    tags = [each for each in _codings(sent, "tag") if each.get("system") != LABELLING]
    extensions = [each for each in _codings(sent, "extension") if each.get("url") != LABEL_RULE]
    meta |= {"security": security} if security else {}
    meta |= {"extension": extensions} if extensions else {}
    meta |= {"tag": tags} if tags else {}
    rest = {name: value for name, value in sent.items() if name != "meta"}
    return rest | ({"meta": meta} if meta else {})


def _codings(resource: Json, name: str) -> list[Json]:
    return list(resource.get("meta", {}).get(name, []))


def _is_label(coding: Json) -> bool:
    return coding.get("system") == CONFIDENTIALITY or bool(_bit(coding))


def _bit(coding: Json) -> int:
    return bit(coding.get("system", ""), coding.get("code", ""))


def _says_more(told: Labels, coding: Json) -> bool:
    """Whether a coding is a label above those that stand, or no label at all."""
    if coding.get("system") == CONFIDENTIALITY:
        level = level_of(coding.get("code", ""))
        return level is None or level > told.level
    return not _bit(coding) or not _bit(coding) & told.topics
