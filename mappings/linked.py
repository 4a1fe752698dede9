"""Resources that belong to others, by the addresses they go by and by what they point at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Resource = Mapping[str, Any]
Placed = tuple[tuple[str, ...], Resource]


@dataclass(frozen=True, slots=True)
class Linked:
    """Resources by address, and those that point at an address from `POINTING` elements."""

    by_address: dict[str, Resource] = field(default_factory=dict)
    pointing: dict[str, list[Placed]] = field(default_factory=dict)

    def learn(self, addresses: tuple[str, ...], resource: Resource) -> None:
        self.by_address.update(dict.fromkeys(addresses, resource))
        for element in POINTING.get(str(resource.get("resourceType")), ()):
            for reference in _listed(resource.get(element)):
                target = relative(str(reference.get("reference", "")))
                if target:
                    self.pointing.setdefault(target, []).append((addresses, resource))

    def at(self, reference: Resource | None) -> Resource | None:
        """The resource that a reference names, or None."""
        address = str((reference or {}).get("reference", ""))
        found = self.by_address.get(address)
        return found if found is not None else self.by_address.get(relative(address))

    def pointing_at(self, addresses: Iterable[str]) -> Iterator[Placed]:
        """The resources that point at any of these addresses, each once."""
        seen: set[int] = set()
        for address in dict.fromkeys(relative(one) for one in addresses):
            for placed in self.pointing.get(address, ()):
                if id(placed[1]) not in seen:
                    seen.add(id(placed[1]))
                    yield placed


POINTING = {
    "CarePlan": ("partOf",),
    "Communication": ("about", "basedOn"),
    "Encounter": ("basedOn",),
    "Provenance": ("target",),
}


def relative(address: str) -> str:
    """The last two steps of an absolute address, without a version: "Patient/1"."""
    return "/".join(address.partition("/_history/")[0].split("/")[-2:])


def _listed(value: Any) -> list[Resource]:
    return [one for one in value or () if isinstance(one, Mapping)]
