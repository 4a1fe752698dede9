"""A BaRS message as the transaction that does the same: what travels is listed, what is of the
directory is named, and each resource is found again under its sender's id of it.

    transaction(message, known) -> Made
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mappings import bars, parties
from mappings.bars import Entered, Json, Message, Resource, Wish, fault
from mappings.bars_in import addresses
from mappings.referral import FULFIL
from mappings.systems import MESSAGE_ENTRY, NHS_NUMBER
from mappings.verdict import Fault


@dataclass(frozen=True, slots=True)
class Known:
    """What an entry is here already: "Type/id", and whether its sender wrote it."""

    reference: str
    own: bool


@dataclass(frozen=True, slots=True)
class Made:
    """The transaction; for each entry where in the message it comes from, and whether it is that
    resource (a Task may be made of the message as a whole); and what is not stored."""

    bundle: Json
    places: tuple[tuple[str, bool], ...]
    notes: tuple[Fault, ...]


def transaction(message: Message, known: Mapping[int, Known]) -> Made:
    """What the message asks to be created or changed; `known` says, by the number of its entry,
    what is here already."""
    sending = _Sending(message, known)
    listed = tuple(sending.entries())
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry for entry, _, _ in listed],
    }
    places = tuple((at, is_it) for _, at, is_it in listed)
    return Made(bundle, places, tuple(_notes(message, known)))


def _notes(message: Message, known: Mapping[int, Known]) -> Iterator[Fault]:
    for one in message.consents:
        yield fault("direct-care", one.at)
    for one in message.directory:
        yield fault("directory", one.at)
    for one in message.others:
        if one.place in known and not known[one.place].own:
            yield fault("held", one.at)


def moved(message: Message, task: Entered, elements: frozenset[str]) -> Json:
    """What a message says in these elements of a Task, with references that hold here."""
    said = _Sending(message, {}).readdressed(task.resource)
    return {name: value for name, value in said.items() if name in elements}


def left_out(message: Message) -> Iterator[Fault]:
    """What a message that answers or calls off brings besides, and what is not stored of it."""
    yield from _notes(message, {})
    for one in message.others:
        yield fault("left-out", one.at)


class _Sending:
    """One message on its way into a transaction."""

    def __init__(self, message: Message, known: Mapping[int, Known]) -> None:
        self.message, self.known = message, known
        self.named = {one.place for one in (*message.directory, *message.consents)}
        self.urls = {
            one.place: parties.urn("bars", message.id, str(one.place)) for one in message.everything
        }
        self.targets = {
            address: self._target(one) for address, one in addresses(message.everything).items()
        }

    def entries(self) -> Iterator[tuple[Json, str, bool]]:
        message = self.message
        if message.patient is not None and message.patient.place not in self.known:
            yield self._patient(message.patient), message.patient.at, True
        for one in message.others:
            if one.place not in self.known or self.known[one.place].own:
                yield self._entry(one, self._resource(one)), one.at, True
        request = self._request()
        yield self._entry(message.request, request), message.request.at, True
        if message.wish is not Wish.NEW:
            return
        asked = self._asked(request)
        for task in message.tasks:
            yield self._entry(task, asked | self._resource(task)), task.at, True
        if not message.tasks:
            made = asked | {"status": "requested", "intent": "order", "code": FULFIL}
            url = parties.urn("bars", message.id, "task")
            yield _posted(url, _identified(made, self.message.request)), message.request.at, False

    def _target(self, one: Entered) -> Json:
        """What a reference to an entry becomes."""
        if one.place in self.known:
            return {"reference": self.known[one.place].reference}
        if one.place in self.named:
            return named(one)
        return {"reference": self.urls[one.place]}

    def _patient(self, one: Entered) -> Json:
        resource = self._resource(one)
        number, born = parties.number_of(resource), resource.get("birthDate")
        entry = _posted(self.urls[one.place], resource)
        condition = f"identifier={MESSAGE_ENTRY}|{one.key}"
        if number and len(str(born)) == len("1987-04-12"):
            condition = f"identifier={NHS_NUMBER}|{number}&birthdate={born}"
        else:
            entry["resource"] = _identified(resource, one)
        entry["request"]["ifNoneExist"] = condition
        return entry

    def _entry(self, one: Entered, resource: Json) -> Json:
        resource = _identified(resource, one)
        known = self.known.get(one.place)
        if known is None:
            return _posted(self.urls[one.place], resource)
        return {
            "fullUrl": self.urls[one.place],
            "resource": resource | {"id": known.reference.partition("/")[2]},
            "request": {"method": "PUT", "url": known.reference},
        }

    def _resource(self, one: Entered) -> Json:
        """The resource without what its server said of it, and with references that hold here."""
        found: Json = self.readdressed(
            {name: value for name, value in one.resource.items() if name not in ("id", "meta")}
        )
        meta = _meta(one.resource.get("meta") or {})
        return found | ({"meta": meta} if meta else {})

    def _request(self) -> Json:
        request = self._resource(self.message.request)
        intent = bars.table()["intent"]
        if request.get("intent") == intent["there"]:
            request["intent"] = intent["here"]
        categories = [kept for one in request.pop("category", ()) if (kept := _category(one))]
        request |= {"category": categories} if categories else {}
        request.setdefault("requester", self.message.sender)
        request.setdefault("performer", [self.message.receiver])
        request = {name: value for name, value in request.items() if value not in ({}, [{}])}
        travelling = self._unlisted(request)
        if travelling:
            request["supportingInfo"] = [*request.get("supportingInfo", ()), *travelling]
        return request

    def _unlisted(self, request: Json) -> list[Json]:
        """What travels with the request, and is not yet listed by it."""
        lists = [request.get(name) for name in bars.table()["listed_in"]]
        listed = set(bars.references(lists))
        going = [one for one in self.message.others if one.type not in bars.table()["not_listed"]]
        targets = [self._target(one) for one in going]
        return [target for target in targets if target["reference"] not in listed]

    def _asked(self, request: Json) -> Json:
        """A Task for the request, as far as the request says it."""
        task = {
            "resourceType": "Task",
            "focus": self._target(self.message.request),
            "for": request.get("subject"),
            "authoredOn": request.get("authoredOn") or self.message.timestamp,
            "priority": request.get("priority"),
            "requester": dict(self.message.sender),
            "owner": dict(self.message.receiver),
        }
        return {name: value for name, value in task.items() if value}

    def readdressed(self, node: Any) -> Any:
        match node:
            case {"reference": str(address)} if address in self.targets:
                rest = {name: value for name, value in node.items() if name != "reference"}
                return rest | self.targets[address]
            case Mapping():
                return {name: self.readdressed(value) for name, value in node.items()}
            case list():
                return [self.readdressed(value) for value in node]
            case _:
                return node


def named(one: Entered) -> Json:
    """A reference to what is not stored: by its identifier, else by its sender's id of it. Its name
    would be words, which keep the record from whoever is denied anything by topic or level."""
    held = one.resource.get("identifier") or []
    listed: list[Resource] = held if isinstance(held, list) else [held]
    whole = [each for each in listed if each.get("system") and each.get("value")]
    order = bars.table()["known_identifiers"]
    best = min(whole, key=lambda each: _place(order, each["system"]), default=None)
    if best is None:
        return {"type": one.type, "identifier": {"system": MESSAGE_ENTRY, "value": one.key}}
    system = order[at] if (at := _place(order, best["system"])) < len(order) else best["system"]
    return {"type": one.type, "identifier": {"system": system, "value": best["value"]}}


def _place(order: list[str], system: str) -> int:
    folded = [one.casefold() for one in order]
    return folded.index(system.casefold()) if system.casefold() in folded else len(order)


def _posted(url: str, resource: Json) -> Json:
    request = {"method": "POST", "url": resource["resourceType"]}
    return {"fullUrl": url, "resource": resource, "request": request}


def _identified(resource: Json, one: Entered) -> Json:
    """The resource with the identifier under which it is found again."""
    kind = str(resource["resourceType"])
    found = bars.identity(Entered(one.place, one.address, one.key, resource))
    if found is None:
        return resource
    own = {"system": found[0], "value": found[1]}
    if kind in bars.table()["one_identifier"]:
        return {**resource, "identifier": resource.get("identifier") or own}
    held = resource.get("identifier", [])
    has = any(each.get("system") == own["system"] for each in held)
    return resource if has else {**resource, "identifier": [*held, own]}


def _meta(meta: Resource) -> Json:
    """Its labels, and the profiles that are not of the message."""
    prefix = bars.table()["profiles"]["prefix"]
    profiles = [one for one in meta.get("profile", ()) if not one.startswith(prefix)]
    kept = {name: meta[name] for name in ("security", "tag") if name in meta}
    return kept | ({"profile": profiles} if profiles else {})


def _category(concept: Resource) -> Json:
    """A category without the code that says that the message is a referral."""
    kind = bars.table()["category"]
    codings = [
        one
        for one in concept.get("coding", ())
        if not bars.is_coding(one, kind["system"], kind["code"])
    ]
    rest = {name: value for name, value in concept.items() if name != "coding"}
    return rest | ({"coding": codings} if codings else {})
