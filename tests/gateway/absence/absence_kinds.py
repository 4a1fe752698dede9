"""Every kind of request that a client can make, each made at random of what it may have heard of.

A kind takes a chance and what is known, and gives a request. What was withheld is asked for like
what is shown, for an id may be heard of elsewhere.
"""

from __future__ import annotations

import absence_bundles
import absence_messages
import absence_operations
import absence_reading
import absence_searching
import absence_writing
from absence_client import Kinds

KINDS: Kinds = (
    absence_reading.KINDS
    | absence_searching.KINDS
    | absence_bundles.KINDS
    | absence_writing.KINDS
    | absence_operations.KINDS
    | absence_messages.KINDS
)
