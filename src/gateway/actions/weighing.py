"""A person's consents, as one snapshot has them, held against one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from consent.compiling import compile_consents, moments
from consent.predicate import Predicate
from consent.request import Request, Source
from gateway.actions.directory import (
    directory_for,
    has_agreement,
    organization_named,
    reaches_on,
)
from gateway.actions.installation import Installation
from gateway.auth.requester import Requester, Role
from gateway.storage import searching, spoken
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.identities import Identity
from gateway.storage.linked import linked_to
from gateway.storage.predicate_sql import ALWAYS
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria, Page
from gateway.storage.times import microseconds, moment_of


def compiled_for(
    installation: Installation,
    connection: Connection,
    consents: list[Source],
    request: Request,
    now: datetime,
) -> Predicate:
    """The consents of one person held against one request, with the site's policy now."""
    directory = directory_for(
        connection, installation.resources, [source.rules for source in consents], now
    )
    agreed = has_agreement(connection, request.recipient, microseconds(now))
    agreements = frozenset({request.recipient} if agreed else ())
    policy = replace(installation.policy, agreements=agreements)
    return compile_consents(consents, request, directory, policy, now)


def directory_stamp(connection: Connection) -> int:
    """Goes up with every write to the directory."""
    found = connection.execute("SELECT value FROM stamp WHERE name = 'directory'").fetchone()
    return int(found[0])


def changing(
    connection: Connection, consents: Sequence[Source], requester: Requester, now: datetime
) -> frozenset[datetime]:
    """Every moment at which these consents may come to something else for this requester, as the
    directory and the consents stand; now itself where they reach what is joined to a record, or
    name staff or a team."""
    organization = organization_named(connection, {"reference": requester.organization})
    bounds = () if organization is None else organization.bounds
    reaching = frozenset({now} if any(reaches_on(source.rules) for source in consents) else ())
    return moments(consents) | {moment_of(bound) for bound in bounds} | reaching


def consents_of(
    installation: Installation, connection: Connection, own: Sequence[Identity]
) -> list[Source]:
    """Every Consent about any identity of the person, each read once and kept; of those who are
    only linked to the person, what they deny."""
    joined = _consents(installation, connection, own)
    others = linked_to(connection, own)
    if not others:
        return joined
    theirs = _consents(installation, connection, others)
    return [*joined, *(replace(each, carries_permits=False) for each in theirs)]


def _consents(
    installation: Installation, connection: Connection, identities: Sequence[Identity]
) -> list[Source]:
    criteria = Criteria("Consent", identities=tuple(identity.id for identity in identities))
    rows = searching.rows(connection, criteria, ALWAYS, Page(None, -1))
    stored = [source_of(installation, connection, row) for row in rows]
    supposing = installation.supposing
    return stored if supposing is None else supposing.instead(identities, stored)


def source_of(installation: Installation, connection: Connection, row: Row) -> Source:
    """A consent with its standing: what a service recorded permits itself alone, for a while,
    until the person has said that it is right."""
    rules = installation.kept_rules.of(row, installation.resources)
    version, said = str(row.version), moment_of(row.updated)
    if row.author_role != Role.SERVICE.value:
        return Source(rules, row.reference, version, said=said)
    standing = spoken.of(connection, row.id)
    if standing.is_confirmed:
        return Source(rules, row.reference, version, said=said)
    author = f"Organization/{row.author}"
    return Source(rules, row.reference, version, author, standing.until, said=said)


def pulled_by(requester: Requester) -> Request:
    """The request of one who reads: a pull, for the purpose of the token."""
    practitioner = requester.practitioner
    role = requester.practitioner_role
    return Request(
        recipient=requester.organization,
        recipient_aliases=frozenset({f"{ODS}|{requester.ods}"}),
        practitioner=frozenset({practitioner} if practitioner else ()),
        roles=frozenset({role} if role else ()),
        purpose=requester.purpose,
        action="access",
    )
