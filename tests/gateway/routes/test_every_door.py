"""Every address of the running application is in this registry, which says how it passes the gate.

A route that is added without a line here fails the first test. A line under GATED or PAGES is a
proof: its requests are sent to two servers, of which one holds a record that nobody but its author
may see, and must bring the same bytes and leave as many rows in the log; and about that record's id
as about an id that never was. A line under OPEN says why nothing has to pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from absence_kinds import FORM, PATCH, bundle, get, send
from absence_server import Came, Sent, Server, made_id
from absence_story import ALCOHOL, FHIR_JSON, OUR_TOPICS, consent, patient, told
from starlette.routing import Mount, Route

from gateway.routes import front
from gateway.routes.compressing import Compressed
from gateway.routes.middleware import Around
from gateway.web.sealing import sealed
from gateway.web.session import Door, Session

NEVER = made_id("never")
MARK = "only-its-author-reads-this"
SCORE = told("Observation", "{mine}", "{us}", ALCOHOL)
NOTHING_TO_CHANGE = [{"op": "add", "path": "/language", "value": "en"}]
CALCULATED = {"resourceType": "Parameters", "parameter": []}


@dataclass
class World:
    """A server, and who and what is in it. `withheld` is an id that only one of two servers holds;
    `shown` one that both do."""

    server: Server
    withheld: str
    shown: str = ""
    consent: str = ""
    mine: dict[str, str | None] | None = None

    def filled(self, text: str, asker: str, id_: str) -> str:
        """A request's text for this asker, about this id."""
        assert self.mine is not None
        for name, value in {
            "{id}": id_,
            "{mine}": self.mine[asker] or "Patient/none",
            "{shown}": self.shown,
            "{consent}": self.consent,
            "{us}": self.server.organizations[asker],
        }.items():
            text = text.replace(name, value)
        return text


def about(*sent: Sent) -> tuple[Sent, ...]:
    return sent


def changed(method: str, path: str) -> Sent:
    return send(method, path, SCORE | {"id": "{id}"})


def consulted(patient_id: str) -> Sent:
    """A call of the CDS Hooks service about someone."""
    call = {
        "hook": "patient-consent-consult",
        "hookInstance": made_id("call"),
        "context": {"patientId": patient_id},
    }
    headers = (("Content-Type", "application/json"),)
    return Sent("POST", "/cds-services/patient-consent-consult", headers, json.dumps(call).encode())


# FHIR addresses and CDS Hooks: asked by a service, by the person through a portal, by an officer.
GATED: dict[str, tuple[Sent, ...]] = {
    "GET /fhir/{type}": about(
        get("Observation?patient={mine}"),
        get("Observation?_id={id}"),
        get("Observation?_has:Provenance:target:_id=x&_id={id}"),
        get("Condition?patient={mine}&_revinclude=*"),
    ),
    "POST /fhir/{type}/_search": about(
        Sent("POST", "/fhir/Observation/_search", FORM, b"patient={mine}"),
        Sent("POST", "/fhir/Observation/_search", FORM, b"_id={id}"),
    ),
    "GET /fhir/{type}/{id}": about(get("Observation/{id}"), get("Patient/{id}")),
    "GET /fhir/{type}/_history": about(get("Observation/_history")),
    "GET /fhir/{type}/{id}/_history": about(get("Observation/{id}/_history")),
    "GET /fhir/{type}/{id}/_history/{version}": about(get("Observation/{id}/_history/1")),
    "POST /fhir/{type}": about(
        send("POST", "Observation", SCORE | {"derivedFrom": [{"reference": "Observation/{id}"}]}),
        send("POST", "Observation", SCORE, ("If-None-Exist", f"identifier=urn:s|{MARK}")),
    ),
    "PUT /fhir/{type}/{id}": about(changed("PUT", "Observation/{id}")),
    "PUT /fhir/{type}": about(send("PUT", f"Observation?identifier=urn:s|{MARK}", SCORE)),
    "PATCH /fhir/{type}/{id}": about(
        Sent("PATCH", "/fhir/Observation/{id}", PATCH, json.dumps(NOTHING_TO_CHANGE).encode())
    ),
    "PATCH /fhir/{type}": about(
        Sent(
            "PATCH",
            f"/fhir/Observation?identifier=urn:s|{MARK}",
            PATCH,
            json.dumps(NOTHING_TO_CHANGE).encode(),
        )
    ),
    "DELETE /fhir/{type}/{id}": about(Sent("DELETE", "/fhir/Observation/{id}")),
    "DELETE /fhir/{type}": about(Sent("DELETE", f"/fhir/Observation?identifier=urn:s|{MARK}")),
    "POST /fhir": about(
        bundle("batch", {"request": {"method": "GET", "url": "Observation/{id}"}}),
        bundle("transaction", {"request": {"method": "GET", "url": "Observation/{id}"}}),
    ),
    "POST /fhir/": about(
        Sent(
            "POST",
            "/fhir/",
            FHIR_JSON,
            bundle("batch", {"request": {"method": "GET", "url": "Observation/{id}"}}).body,
        )
    ),
    "POST /fhir/{type}/$validate": about(
        send("POST", "Observation/$validate", SCORE | {"partOf": [{"reference": "Procedure/{id}"}]})
    ),
    "POST /fhir/{type}/{id}/$validate": about(changed("POST", "Observation/{id}/$validate")),
    "GET /fhir/Patient/{id}/$everything": about(
        get("{mine}/$everything"),
        get("{mine}/$everything?_count=1"),
        get("Patient/{id}/$everything"),
    ),
    "POST /fhir/Patient/{id}/$everything": about(
        Sent("POST", "/fhir/{mine}/$everything"), Sent("POST", "/fhir/Patient/{id}/$everything")
    ),
    "GET /fhir/Composition/{id}/$document": about(get("Composition/{id}/$document")),
    "POST /fhir/Composition/{id}/$document": about(
        Sent("POST", "/fhir/Composition/{id}/$document")
    ),
    "POST /cds-services/patient-consent-consult": about(
        consulted("{mine}"), consulted("Patient/{id}"), consulted("{id}")
    ),
    "POST /fhir/Bundle/$disclosed": about(send("POST", "Bundle/$disclosed", CALCULATED)),
    "POST /fhir/Consent/$preview": about(send("POST", "Consent/$preview", CALCULATED)),
    "POST /fhir/Consent/$decide": about(send("POST", "Consent/$decide", CALCULATED)),
    "GET /fhir/Consent/{id}/$receipt": about(get("Consent/{id}/$receipt")),
}

# The person's pages, asked by someone signed in.
PAGES: dict[str, tuple[Sent, ...]] = {
    "GET /me": about(Sent("GET", "/me")),
    "GET /me/held/{type}/{id}": about(Sent("GET", "/me/held/Observation/{id}")),
    "GET /me/looks": about(Sent("GET", "/me/looks")),
    "GET /me/emergencies": about(Sent("GET", "/me/emergencies")),
    "POST /me/emergencies": about(Sent("POST", "/me/emergencies", FORM, b"form_token=form")),
    "GET /me/choices/new": about(Sent("GET", "/me/choices/new")),
    "POST /me/choices/new": about(Sent("POST", "/me/choices/new", FORM, b"form_token=form")),
    "GET /me/choices/{id}/change": about(Sent("GET", "/me/choices/{consent}/change")),
    "POST /me/choices/{id}/change": about(
        Sent("POST", "/me/choices/{consent}/change", FORM, b"form_token=form")
    ),
    "GET /me/choices/{id}/saved": about(Sent("GET", "/me/choices/{consent}/saved")),
    "GET /me/choices/{id}/receipt": about(Sent("GET", "/me/choices/{id}/receipt")),
    "GET /me/choices/{id}/receipt.jws": about(Sent("GET", "/me/choices/{id}/receipt.jws")),
    "GET /me/choices/{id}/told": about(Sent("GET", "/me/choices/{id}/told")),
    "POST /me/choices/{id}/told": about(
        Sent("POST", "/me/choices/{id}/told", FORM, b"form_token=form")
    ),
    "GET /me/choices/{id}/take-back": about(Sent("GET", "/me/choices/{consent}/take-back")),
    "POST /me/choices/{id}/take-back": about(
        Sent("POST", "/me/choices/{id}/take-back", FORM, b"form_token=form")
    ),
}

# Pages that show nothing about anybody: which services there are, and empty questions.
HOLDS_NOTHING = ("/me/choices/new",)

# The officer's pages show the log, which names what others did: never what a record says.
OFFICERS: dict[str, tuple[Sent, ...]] = {
    "GET /dpo": about(Sent("GET", "/dpo")),
    "POST /dpo": about(Sent("POST", "/dpo", FORM, b"form_token=form&who=DA1")),
    "GET /dpo/queue": about(Sent("GET", "/dpo/queue")),
    "POST /dpo/queue": about(Sent("POST", "/dpo/queue", FORM, b"form_token=form&item=1")),
    "GET /dpo/disclosures": about(Sent("GET", "/dpo/disclosures")),
    "POST /dpo/disclosures": about(Sent("POST", "/dpo/disclosures", FORM, b"form_token=form")),
}

OPEN = {
    "GET /fhir/metadata": "says what is served, the same to everyone",
    "GET /fhir/.well-known/smart-configuration": "says how tokens are had",
    "GET /cds-services": "lists what there is to call, the same to everyone",
    "GET /openapi.json": "says what /fhir/metadata says",
    "GET /health/live": "for the supervisor",
    "GET /health/ready": "for the supervisor",
    "GET /metrics": "counts answers, for the operator alone; no service is shown it",
    "POST /oauth/token": "asks for the client's own signed assertion, and reads no record",
    "POST /oauth/revoke": "asks for the client's own signed assertion, and reads no record",
    "POST /oauth/introspect": "asks for the client's own signed assertion, and reads no record",
    "GET /": "the start page, the same to everyone",
    "GET /sign-in": "says how to sign in",
    "POST /sign-in": "takes a proof that this server sealed",
    "GET /sign-in/{proof}": "shows one button",
    "GET /signed-out": "says good-bye",
    "GET /leave": "forgets the visit",
    "POST /leave": "forgets the visit",
    "POST /me/sign-out": "forgets the visit",
    "POST /dpo/sign-out": "forgets the visit",
    "MOUNT /static": "style sheets, scripts and pictures of the installation",
}


def addresses(routes: Any, before: str = "") -> Iterator[str]:
    """Every method and address of the application; what hides more addresses is unfolded."""
    for route in routes:
        match route:
            case Mount() if route.routes:
                yield from addresses(route.routes, before + route.path)
            case Mount():
                yield f"MOUNT {before}{route.path}"
            case Route():
                for method in sorted(route.methods or ()):
                    if method != "HEAD":
                        yield f"{method} {before}{route.path}"
            case _:
                yield f"{type(route).__name__} {before}{getattr(route, 'path', '?')}"


def told_to(server: Server, withheld: str, *, whole: bool) -> World:
    """What both servers hold, and on one what its author alone may see."""
    here = World(server, withheld)
    steps = iter(range(1, 100))

    def post(ods: str, resource: Any, whose: str | None = None) -> str:
        number = next(steps)
        server.steps.begin(f"told {number}", number)
        came = server.ask(
            send("POST", resource["resourceType"], resource), server.token(ods, whose)
        )
        assert came.status == 201, came.body
        return f"{came.json['resourceType']}/{came.json['id']}"

    theirs, drugs, portal = (post(ods, patient(0)) for ods in ("RX1", "DA1", "PO1"))
    here.mine = {"DA1": drugs, "PO1": portal, "OF1": None, "me": _registered(server)}
    given = post("PO1", consent(portal, "permit", server.organizations["DA1"], ("ETHUD",)), portal)
    here.consent = given.partition("/")[2]
    trust = server.organizations["RX1"]
    here.shown = post("RX1", told("Observation", theirs, trust, ALCOHOL))
    secret = told("Observation", theirs, trust, ALCOHOL) | {
        "identifier": [{"system": "urn:s", "value": MARK}],
        "meta": {"security": [{"system": OUR_TOPICS, "code": "third-party"}]},
    }
    number = next(steps)
    server.steps.begin("withheld", number)
    if whole:
        came = server.ask(send("POST", "Observation", secret), server.token("RX1"))
        assert came.json["id"] == withheld
    return here


def _registered(server: Server) -> str:
    """The person, as they sign in to the pages."""
    server.steps.begin("signing up", 50)
    gateway = server.gateway
    body = msgspec.json.encode(patient(0))
    who = gateway.page_requester("")
    answer = server.run(gateway.create(who, "Patient", body))
    return f"Patient/{msgspec.json.decode(answer.body)['id']}"


@pytest.fixture(scope="module")
def worlds(opened: Callable[[], Server]) -> tuple[World, World]:
    """The server that holds it, and the one that never did."""
    withheld = made_id("withheld", 2)
    return told_to(opened(), withheld, whole=True), told_to(opened(), withheld, whole=False)


@dataclass
class Told:
    came: Came
    rows: int


_moments = iter(range(100, 10**6))


def asked(world: World, sent: Sent, asker: str, id_: str, moment: int) -> Told:
    """One request, about this id, and how many rows it left."""
    fill = partial(world.filled, asker="PO1" if asker in ("me", "dpo") else asker, id_=id_)
    body = fill(sent.body.decode()).encode()
    headers = tuple((name, fill(value)) for name, value in sent.headers)
    server = world.server
    server.steps.begin(f"asked {moment}", moment)
    token = None
    if asker in ("me", "dpo"):
        headers += (("Cookie", _cookie(world, Door(asker))),)
    else:
        assert world.mine is not None
        token = server.token(asker, world.mine[asker] if asker == "PO1" else None)
    before = server.rows()
    came = server.ask(Sent(sent.method, fill(sent.path), headers, body), token)
    plain = came.body.replace(id_.encode(), b"{id}")
    kept = tuple((name, value) for name, value in came.headers if name != b"set-cookie")
    return Told(came._replace(headers=kept, body=plain), server.rows() - before)


def _cookie(world: World, door: Door) -> str:
    assert world.mine is not None
    subject = str(world.mine["me"]) if door is Door.ME else "A. Officer"
    now = world.server.steps.now
    content = msgspec.json.encode(Session(door, subject, now - timedelta(minutes=1), now, "form"))
    return (
        f"onestory-{door}={sealed(world.server.gateway.keys.session, f'session {door}', content)}"
    )


REGISTERED = GATED | PAGES | OFFICERS
PROOFS = [
    pytest.param(sent, asker, id=f"{name} {asker} {place}")
    for doors, askers in ((GATED, ("DA1", "PO1", "OF1")), (PAGES, ("me",)))
    for name, requests in doors.items()
    for place, sent in enumerate(requests)
    for asker in askers
]


def test_every_address_is_registered_here(worlds: tuple[World, World]) -> None:
    served = set(addresses(worlds[0].server.app.router.routes))
    missing = served - REGISTERED.keys() - OPEN.keys()
    assert not missing, "say in GATED, PAGES or OPEN how each of these passes the gate"


def test_nothing_is_registered_that_is_not_there(worlds: tuple[World, World]) -> None:
    served = set(addresses(worlds[0].server.app.router.routes))
    assert (REGISTERED.keys() | OPEN.keys()) - served == set()


def test_what_stands_before_the_router_is_known(worlds: tuple[World, World]) -> None:
    around = [each.cls for each in worlds[0].server.app.user_middleware]
    assert around == [Compressed, Around, front.Front]


def test_the_front_answers_as_the_router_behind_it_would(opened: Callable[[], Server]) -> None:
    """It is the one other way in: whatever it takes, the registered door says the same."""
    servers = (opened(), opened())
    kept = [each for each in servers[1].app.user_middleware if each.cls is not front.Front]
    servers[1].app.user_middleware = kept
    hurried, plain = (told_to(one, made_id("withheld", 2), whole=True) for one in servers)
    for name, requests in GATED.items():
        for sent in requests if name.startswith("GET") else ():
            for id_ in (hurried.withheld, hurried.shown.partition("/")[2]):
                moment = next(_moments)
                both = [asked(world, sent, "DA1", id_, moment) for world in (hurried, plain)]
                assert both[0] == both[1], sent


@pytest.mark.parametrize(("sent", "asker"), PROOFS)
def test_what_is_withheld_is_absent_there(
    worlds: tuple[World, World], sent: Sent, asker: str
) -> None:
    moment = next(_moments)
    withheld = worlds[0].withheld
    with_it, without = (asked(world, sent, asker, withheld, moment) for world in worlds)
    assert with_it == without
    assert with_it.rows >= (0 if sent.path in HOLDS_NOTHING else 1)
    assert MARK.encode() not in with_it.came.body
    if b"{id}" in sent.body or "{id}" in sent.path:
        moment = next(_moments)
        never = [asked(world, sent, asker, NEVER, moment) for world in worlds]
        assert never[0] == never[1]
        assert (never[0].came.status, never[0].rows) == (with_it.came.status, with_it.rows)
        if with_it.came.status >= 400:
            assert never[0].came == with_it.came


@pytest.mark.parametrize("name", OFFICERS)
def test_officers_read_what_was_done_and_never_what_a_record_says(
    worlds: tuple[World, World], name: str
) -> None:
    for sent in OFFICERS[name]:
        told = asked(worlds[0], sent, "dpo", NEVER, next(_moments))
        assert told.rows >= 1
        assert MARK.encode() not in told.came.body


@pytest.mark.parametrize("name", [*REGISTERED])
def test_nobody_comes_in_without_saying_who_they_are(
    worlds: tuple[World, World], name: str
) -> None:
    server = worlds[0].server
    for sent in REGISTERED[name]:
        before = server.rows()
        path = sent.path.replace("{mine}", "Patient/x").replace("{", "").replace("}", "")
        came = server.ask(Sent(sent.method, path, FHIR_JSON))
        assert came.status == (303 if name in PAGES | OFFICERS else 401)
        assert server.rows() == before


COUNTS = "GET /metrics"  # counts what each server was asked


@pytest.mark.parametrize(
    "name", [each for each in OPEN if each.startswith("GET") and each != COUNTS]
)
def test_what_is_open_reads_nothing_about_anybody(worlds: tuple[World, World], name: str) -> None:
    moment = next(_moments)
    answers = []
    for world in worlds:
        world.server.steps.begin(f"open {moment}", moment)
        before = world.server.rows()
        came = world.server.ask(Sent("GET", name.removeprefix("GET ").replace("{proof}", "x")))
        assert world.server.rows() == before
        answers.append((came.status, came.body))  # a forgotten cookie's end is by the real clock
    assert answers[0] == answers[1]


def test_the_author_reads_what_all_of_this_is_about(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    came = world.server.ask(get(f"Observation/{world.withheld}"), world.server.token("RX1"))
    assert came.status == 200
    assert MARK.encode() in came.body
