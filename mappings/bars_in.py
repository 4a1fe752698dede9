"""A BaRS message in: what it is about and what it wishes, or everything that stands in the way.

unserved(bundle) -> Fault | None       any JSON object: whether messages of its kind are taken
read(bundle) -> Message | Unmappable   a Bundle that is sound by R4
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mappings import bars
from mappings.bars import HEADER, Entered, Json, Message, Resource, Wish, fault
from mappings.digests import digest
from mappings.linked import relative
from mappings.systems import ODS
from mappings.verdict import Fault, Unmappable

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_WISHES = {"new": Wish.NEW, "update": Wish.UPDATE, "delete": Wish.CANCEL}


def unserved(bundle: Json) -> Fault | None:
    """Why no message of this kind is taken, whatever else may be wrong with it."""
    if bundle.get("type") != "message":
        return fault("type", "Bundle.type")
    entries = [_resource(one) for one in _listed(bundle.get("entry"))]
    if not entries or entries[0].get("resourceType") != "MessageHeader":
        return fault("header", HEADER)
    event = entries[0].get("eventCoding")
    events = bars.table()["events"]
    if not isinstance(event, dict) or not _one_of(
        event, events["systems"], (events["request"], events["response"])
    ):
        return fault("event", f"{HEADER}.eventCoding")
    bookings = bars.table()["bookings"]
    for place, one in enumerate(entries):
        if one.get("resourceType") in bookings:
            return fault("booking", f"Bundle.entry[{place}].resource")
    return None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _resource(entry: Any) -> Json:
    found = entry.get("resource") if isinstance(entry, dict) else None
    return found if isinstance(found, dict) else {}


def _one_of(coding: Resource, systems: list[str], codes: Any) -> bool:
    return coding.get("system") in systems and coding.get("code") in codes


def addresses(entered: tuple[Entered, ...]) -> dict[str, Entered]:
    """Each resource by the addresses it goes by: its entry's, and relative to that where it is on a
    server."""
    known: dict[str, Entered] = {}
    for one in entered:
        if "://" in one.address:
            known[relative(one.address)] = one
    return known | {one.address: one for one in entered if one.address}


def read(bundle: Resource) -> Message | Unmappable:
    """The message, of a Bundle whose kind is taken."""
    head, *rest = (_entered(place, entry) for place, entry in enumerate(bundle["entry"]))
    reader = _Reader(bundle, head.resource, tuple(rest))
    faults = tuple(reader.faults())
    return Unmappable(faults) if faults else reader.message()


def _entered(place: int, entry: Resource) -> Entered:
    resource = entry.get("resource") or {}
    address = str(entry.get("fullUrl", ""))
    key = str(resource.get("id") or address.rpartition("/")[2].removeprefix("urn:uuid:"))
    return Entered(place, address, key if _ID.fullmatch(key) else digest(address), resource)


class _Reader:
    """One message, looked at from its header."""

    def __init__(self, bundle: Resource, header: Resource, rest: tuple[Entered, ...]) -> None:
        self.bundle, self.header, self.rest = bundle, header, rest
        self.known = addresses(rest)
        requests = (self.at(one) for one in header.get("focus", ()))
        found = [one for one in requests if one is not None and one.type == "ServiceRequest"]
        self.request = found[0] if len(found) == 1 else None
        self.wish = self._wish()
        self.receiver = self._receiver()

    def at(self, reference: Resource | None) -> Entered | None:
        """What in the message a Reference names."""
        return self.known.get(str((reference or {}).get("reference", "")))

    @property
    def id(self) -> str:
        named = (self.bundle.get("identifier") or {}).get("value")
        return str(named or self.bundle.get("id") or self.header.get("id") or "")

    def faults(self) -> Iterator[Fault]:
        if not self.id:
            yield fault("identity", "Bundle.identifier")
        if self.wish is None:
            yield fault("reason", f"{HEADER}.reason")
        if self.request is None:
            yield fault("focus", f"{HEADER}.focus")
            return
        yield from self._kind(self.request)
        if self.wish in (Wish.NEW, Wish.UPDATE):
            yield from self._people(self.request)
        yield from self._repeated()
        if self.wish is Wish.NEW:
            yield from self._receivers(self.request)
        if self.wish is Wish.ANSWER and not self._tasks(self.request):
            yield fault("task", "Bundle.entry")

    def message(self) -> Message:
        assert self.request is not None  # noqa: S101 - there is no fault
        assert self.wish is not None  # noqa: S101 - there is no fault
        kinds = bars.table()["directory"]
        tasks = self._tasks(self.request)
        patient = self.at(self.request.resource.get("subject"))
        apart = {id(one) for one in (self.request, patient, *tasks) if one is not None}
        left = [one for one in self.rest if id(one) not in apart]
        return Message(
            id=self.id,
            wish=self.wish,
            said=self.header.get("reason", {}),
            sender=self._organization(self.header.get("sender")) or {},
            receiver=self.receiver or {},
            request=self.request,
            patient=patient,
            tasks=tasks,
            others=tuple(one for one in left if one.type not in (*kinds, "Consent")),
            directory=tuple(one for one in left if one.type in kinds),
            consents=tuple(one for one in left if one.type == "Consent"),
            timestamp=str(self.bundle.get("timestamp", "")),
        )

    def _wish(self) -> Wish | None:
        events, reasons = bars.table()["events"], bars.table()["reasons"]
        if self.header["eventCoding"]["code"] == events["response"]:
            return Wish.ANSWER
        said = (self.header.get("reason") or {}).get("coding", ())
        codes = [one.get("code") for one in said if one.get("system") in reasons["systems"]]
        found = [wish for name, wish in _WISHES.items() if reasons[name] in codes]
        status = None if self.request is None else self.request.resource.get("status")
        if len(found) == 1 and status in bars.table()["called_off"]:
            return Wish.CANCEL
        return found[0] if len(found) == 1 else None

    def _kind(self, request: Entered) -> Iterator[Fault]:
        kind = bars.table()["category"]
        for place, concept in enumerate(request.resource.get("category", ())):
            for one in concept.get("coding", ()):
                if one.get("system") == kind["system"] and one.get("code") != kind["code"]:
                    yield fault("category", f"{request.at}.category[{place}]")

    def _people(self, request: Entered) -> Iterator[Fault]:
        subject = request.resource.get("subject") or {}
        patient = self.at(subject)
        literal = str(subject.get("reference", ""))
        if not (literal.startswith("Patient/") if patient is None else patient.type == "Patient"):
            yield fault("subject", f"{request.at}.subject")
        direct = bars.table()["direct_care"]
        for one in self.rest:
            if one.type == "Patient" and one is not patient:
                yield fault("another-patient", one.at)
            categories = one.resource.get("category", ()) if one.type == "Consent" else None
            if categories is not None and not any(
                bars.coded(each, direct["system"], direct["code"]) for each in categories
            ):
                yield fault("consent", one.at)

    def _repeated(self) -> Iterator[Fault]:
        """What its sender's id of it does not tell from what stands before it."""
        met: set[tuple[str, str]] = set()
        for one in self.rest:
            if (one.type, one.key) in met:
                yield fault("repeated", one.at)
            met.add((one.type, one.key))

    def _receivers(self, request: Entered) -> Iterator[Fault]:
        if self.receiver is None:
            yield fault("receiver", f"{HEADER}.destination[0].receiver")
            return
        asked = [*self._performers(request), *self._owners(request)]
        for where, one in asked:
            if bars.ods_of(one) and bars.ods_of(self.receiver) not in ("", bars.ods_of(one)):
                yield fault("receivers", where)

    def _receiver(self) -> Resource | None:
        """The service that is asked: by the header, else by the request."""
        first: Resource = next(iter(self.header.get("destination", ())), {})
        named = self._organization(first.get("receiver"))
        if named is None and self.request is not None:
            owners = self._owners(self.request)
            named = next((one for _, one in (*owners, *self._performers(self.request))), None)
        return named

    def _performers(self, request: Entered) -> Iterator[tuple[str, Resource]]:
        for place, each in enumerate(request.resource.get("performer", ())):
            found = self._organization(each)
            if found is not None:
                yield f"{request.at}.performer[{place}]", found

    def _owners(self, request: Entered) -> Iterator[tuple[str, Resource]]:
        for task in self._tasks(request):
            found = self._organization(task.resource.get("owner"))
            if found is not None:
                yield f"{task.at}.owner", found

    def _organization(self, reference: Resource | None) -> Resource | None:
        """The organisation that a Reference leads to, as a Reference that outlives the message."""
        if not reference:
            return None
        entry = self.at(reference)
        if entry is None:
            ods, literal = bars.ods_of(reference), str(reference.get("reference", ""))
            return reference if ods or literal.startswith("Organization/") else None
        through = entry.resource.get("providedBy") or entry.resource.get("organization")
        if entry.type == "Organization" or not isinstance(through, Mapping):
            return _organization(entry)
        behind = self.at(through)
        if behind is None:
            return through if bars.ods_of(through) else None
        return _organization(behind)

    def _tasks(self, request: Entered) -> tuple[Entered, ...]:
        found = (one for one in self.rest if one.type == "Task")
        return tuple(one for one in found if self.at(one.resource.get("focus")) is request)


def _organization(entry: Entered) -> Resource | None:
    code = bars.ods_of(entry.resource) if entry.type == "Organization" else ""
    return {"type": "Organization", "identifier": {"system": ODS, "value": code}} if code else None
