"""How a resource's bytes are laid out before sealing, so that a release needs no parsing.

Three parts: the client's own meta (without what the server sets), the narrative (which other
organisations never receive), and everything else as the client sent it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from gateway.fhir.encoding import encode

_LENGTHS = struct.Struct(">II")
SERVER_META = ("versionId", "lastUpdated")


@dataclass(frozen=True, slots=True)
class Content:
    """`meta` a JSON object, `text` a JSON object or empty, `rest` JSON members, no braces."""

    meta: bytes
    text: bytes
    rest: bytes


def content_of(resource: dict[str, Any]) -> Content:
    """Lay out a resource: resourceType, id and what the server sets in meta are left out."""
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in SERVER_META}
    rest = {k: v for k, v in resource.items() if k not in ("resourceType", "id", "meta", "text")}
    text = encode(resource["text"]) if "text" in resource else b""
    return Content(encode(meta), text, encode(rest)[1:-1])


def pack(content: Content) -> bytes:
    lengths = _LENGTHS.pack(len(content.meta), len(content.text))
    return lengths + content.meta + content.text + content.rest


def unpack(packed: bytes) -> Content:
    meta, text = _LENGTHS.unpack_from(packed)
    start = _LENGTHS.size
    return Content(
        packed[start : start + meta],
        packed[start + meta : start + meta + text],
        packed[start + meta + text :],
    )
