"""How a resource's bytes are laid out before sealing, so that a release needs no parsing.

Four parts: the client's own meta (without what the server sets), the narrative, everything else as
the client sent it, and, where it differs, everything else as other organisations receive it.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from gateway.fhir.encoding import encode
from gateway.fhir.types import DIRECTORY
from gateway.fhir.wording import holds_words, regenerated

_HEAD = struct.Struct(">III?")  # lengths of meta, text and rest; whether shared follows
SERVER_META = ("versionId", "lastUpdated")


class Content(NamedTuple):
    """`meta` is a JSON object, `text` one or empty; `rest` and `shared` are members, no braces."""

    meta: bytes
    text: bytes
    rest: bytes
    shared: bytes


def content_of(resource: dict[str, Any]) -> Content:
    """Lay out a resource: resourceType, id and what the server sets in meta are left out."""
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in SERVER_META}
    rest = {k: v for k, v in resource.items() if k not in ("resourceType", "id", "meta", "text")}
    text = encode(resource["text"]) if "text" in resource else b""
    own = encode(rest)[1:-1]
    concerns_someone = resource["resourceType"] not in DIRECTORY
    worded = concerns_someone and holds_words(own)
    shared = encode(regenerated(rest))[1:-1] if worded else own
    return Content(encode(meta), text, own, shared)


def pack(content: Content) -> bytes:
    differs = content.shared != content.rest
    head = _HEAD.pack(len(content.meta), len(content.text), len(content.rest), differs)
    shared = content.shared if differs else b""
    return head + content.meta + content.text + content.rest + shared


def unpack(packed: bytes) -> Content:
    meta, text, rest, differs = _HEAD.unpack_from(packed)
    text_at = _HEAD.size + meta
    rest_at = text_at + text
    own = packed[rest_at : rest_at + rest]
    shared = packed[rest_at + rest :] if differs else own
    return Content(packed[_HEAD.size : text_at], packed[text_at:rest_at], own, shared)
