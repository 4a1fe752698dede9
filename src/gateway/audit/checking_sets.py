"""Are the sets of consents, which the log names by a digest, those that were meant?"""

from __future__ import annotations

from collections.abc import Callable

from gateway.audit import tracing
from gateway.audit.consent_set import found_by, versions_of
from gateway.audit.verdict import Broken

MOST = 10_000  # sets that are remembered to have been looked at


class CheckedSets:
    """Looks at each set once, or once in a while. `members` are its bytes, whatever they are;
    `is_in` says whether it is found by one of its consents."""

    def __init__(
        self,
        members: Callable[[str], object],
        is_in: Callable[[str, str], bool] = lambda _consent, _digest: True,
    ) -> None:
        self._members = members
        self._is_in = is_in
        self._found: dict[str, bool] = {}  # of sound sets: by all their consents

    def fault_in(self, digest: str, position: int) -> Broken | None:
        """What is wrong with the set that an entry names; with none, nothing is."""
        if not digest or digest in self._found:
            return None
        members = self._members(digest)
        if members is None:
            return tracing.no_consents(position)
        versions = versions_of(digest, members)
        if versions is None:
            return tracing.not_its_consents(position)
        if len(self._found) >= MOST:
            self._found.clear()
        self._found[digest] = all(self._is_in(each, digest) for each in found_by(versions))
        return None

    def is_found(self, digest: str) -> bool:
        """Whether a sound set is found by everything in it."""
        return not digest or self._found[digest]
