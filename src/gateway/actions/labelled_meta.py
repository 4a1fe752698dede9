"""The meta that leaves: the client's own, with the labels, and the rules that set them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from consent import said
from consent.label_rules import LABEL_RULE
from consent.labelling import Labels
from consent.reading_facts import LABELLING
from consent.topics import CONFIDENTIALITY, LEVELS, bit, codings
from gateway.fhir.encoding import encode
from gateway.fhir.wording import shared_meta

PENDING = {"system": LABELLING, "code": "pending"}
UNJUDGED = {"system": LABELLING, "code": "unjudged"}


@lru_cache(maxsize=4096)
def labelled_meta(meta: bytes, labels: Labels, words: bool, spoken: tuple[said.Said, ...]) -> bytes:
    """The client's own meta with these labels; what many resources have in common is made once.

    Each label names the rules that set it to whoever reads the whole: to others a rule could tell
    what it matched.
    """
    own: dict[str, Any] = msgspec.json.decode(meta)
    own = own if words else shared_meta(own)
    others = [each for each in own.get("security", []) if not _is_label(each)]
    confidentiality = {"system": CONFIDENTIALITY, "code": LEVELS[labels.level]}
    own["security"] = [*codings(labels.topics), confidentiality, *others]
    # The marks and the rules are the gateway's: what came back from a read says nothing any more.
    tags = [each for each in own.pop("tag", []) if each.get("system") != LABELLING]
    extensions = [each for each in own.pop("extension", []) if each.get("url") != LABEL_RULE]
    extensions += [_set_by(one, labels.level) for one in spoken]
    tags += [UNJUDGED] if labels.unjudged else []
    tags += [PENDING] if labels.pending else []
    return encode(
        own | ({"tag": tags} if tags else {}) | ({"extension": extensions} if extensions else {})
    )


def _set_by(one: said.Said, level: int) -> dict[str, Any]:
    """Which labels one rule set."""
    labels = codings(one.topics)
    if one.level == level:
        labels.append({"system": CONFIDENTIALITY, "code": LEVELS[level]})
    labels += [UNJUDGED] if one.unjudged else []
    labels += [PENDING] if one.pending else []
    stated = [{"url": "label", "valueCoding": label} for label in labels]
    return {
        "url": LABEL_RULE,
        "extension": [{"url": "rule", "valueString": one.rule}, *stated],
    }


def _is_label(coding: dict[str, Any]) -> bool:
    system, code = coding.get("system", ""), coding.get("code", "")
    return system == CONFIDENTIALITY or bit(system, code) != 0
