"""Two stores that differ only in what one requester is denied.

The gate is asked which of a story's resources this requester may not see, and the story is told
twice more: whole, and without those, without every link to them, and without the acts that are
marked as nobody's business of theirs.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from absence_resources import PART
from absence_server import Json, Server
from absence_story import Act, Known, Story

from gateway.actions import served
from gateway.actions.addressing import Address
from gateway.actions.gate import Gate
from gateway.auth.requester import Requester


def pruned(value: Any, withheld: frozenset[str]) -> Any:
    """A resource without its references to these and its parts of these ids, nor what is empty
    without them; None where nothing is left."""
    if isinstance(value, dict):
        if str(value.get("id")) in withheld and PART.fullmatch(str(value["id"])):
            return None
        if isinstance(named := value.get("reference"), str) and named in withheld:
            return None
        kept = {name: pruned(each, withheld) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each is not None} or None
    if isinstance(value, list):
        kept_items = [each for each in (pruned(one, withheld) for one in value) if each is not None]
        return kept_items or None
    return value


def looked_up(server: Server, who: Requester, addresses: Iterable[Address]) -> list[bytes]:
    """What the requester gets at these, asked of the gate without leaving a row."""

    def look(connection: Any) -> list[bytes]:
        gate = Gate(server.gateway.installation, connection, who, server.steps.now)
        answers = [served.look(gate, each).answer for each in addresses]
        return [b"" if each.status == 404 else each.body for each in answers]

    return server.run(server.gateway.reading.look(look))


def may_see(server: Server, who: Requester, references: Iterable[str]) -> frozenset[str]:
    """Those that the requester gets anything of."""
    listed = list(references)
    seen = looked_up(server, who, (Address(*each.split("/")) for each in listed))
    return frozenset(each for each, body in zip(listed, seen, strict=True) if body)


def retold(acts: Iterable[Act], server: Server, withheld: frozenset[str] | None) -> None:
    """The story again on another server: whole, or without what is withheld. In place of a version
    that is not told stands one that changes nothing: that somebody wrote is no secret."""
    stands: dict[str, Json] = {}
    for act in acts:
        server.steps.begin(act.name, act.number)
        sent = act.sent
        if withheld is not None:
            if act.made in withheld and not act.always:
                continue
            if act.secret and not act.between:
                continue
            if act.resource is not None:
                said = stands[act.made] if act.secret else act.resource
                stands[act.made] = said | {"id": act.made.partition("/")[2]}
                kept = pruned(copy.deepcopy(said), withheld)
                sent = sent._replace(body=json.dumps(kept).encode())
        came = server.ask(sent, server.token(act.ods, act.patient))
        assert came.status < 300, (act, came.status, came.body)


def heard_of(story: Story, known: Known, who: Requester) -> frozenset[str]:
    """Sort what the story made into what this requester may see and what not, parts too."""
    made = [one for one in story.made if "/" in one]
    made += known.values.get("referred", [])
    shown = may_see(story.server, who, made)
    last = {act.made: act for act in story.acts}
    for one in dict.fromkeys(made):
        if one.startswith("Patient/"):
            continue
        act = last.get(one)
        if act is not None and act.ods == who.ods:
            known.mine.append(one)
        elif one in shown:
            known.shown.append(one)
        else:
            known.withheld.append(one)
    story.acts = [
        replace(act, secret=act.secret or (act.between and not _is_told(story.server, who, act)))
        for act in story.acts
    ]
    return frozenset(known.withheld) | _parts_withheld(story, who, shown)


def _parts_withheld(story: Story, who: Requester, shown: frozenset[str]) -> frozenset[str]:
    """The ids of parts that are in no version of what is released."""
    sent = {part for act in story.acts for part in PART.findall(act.sent.body.decode())}
    told = (Address(*each.split("/"), is_history=True) for each in sorted(shown))
    seen = looked_up(story.server, who, told)
    return frozenset(sent) - {part for body in seen for part in PART.findall(body.decode())}


def _is_told(server: Server, who: Requester, act: Act) -> bool:
    """Whether a version is in the history that this requester reads."""
    address = Address(*act.made.split("/"), is_history=True)
    return act.instant.encode() in looked_up(server, who, [address])[0]
