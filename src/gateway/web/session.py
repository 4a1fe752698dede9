"""A signed-in visit: who, at which door, since when. Kept in a sealed cookie, nowhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.sealing import opened, sealed

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)


class Door(StrEnum):
    """The two kinds of visitor, each with its own pages and its own cookie."""

    ME = "me"
    DPO = "dpo"


@dataclass(frozen=True, slots=True)
class Session:
    """`subject` is the person's "Patient/<id>" or the officer's name; `form` guards each form."""

    door: Door
    subject: str
    began: datetime
    seen: datetime
    form: str

    def lives(self, now: datetime) -> bool:
        """Neither left alone too long nor open too long, nor from the future."""
        return self.began <= now < self.began + LONGEST and now < self.seen + IDLE


def begun(door: Door, subject: str, now: datetime) -> Session:
    return Session(door, subject, now, now, secrets.token_urlsafe(24))


def session_of(request: Request, door: Door, key: bytes, now: datetime) -> Session | None:
    """The visit that the door's cookie holds, if it is ours and still lives."""
    for secure in (True, False):
        content = opened(key, f"session {door}", request.cookies.get(_name(door, secure), ""))
        if content is not None:
            session = msgspec.json.decode(content, type=Session)
            return session if session.lives(now) else None
    return None


def has_visited(request: Request, door: Door) -> bool:
    """Whether the browser still holds a cookie of this door, living or not."""
    return any(_name(door, secure) in request.cookies for secure in (True, False))


def keep(response: Response, session: Session, key: bytes, now: datetime, secure: bool) -> None:
    """Let the browser hold the visit until it closes; each page seen starts the wait anew."""
    content = msgspec.json.encode(replace(session, seen=now))
    response.set_cookie(
        _name(session.door, secure),
        sealed(key, f"session {session.door}", content),
        path=f"/{session.door}",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def forget(response: Response, door: Door, secure: bool) -> None:
    response.delete_cookie(
        _name(door, secure), path=f"/{door}", secure=secure, httponly=True, samesite="strict"
    )


def _name(door: Door, secure: bool) -> str:
    return f"{'__Secure-' if secure else ''}onestory-{door}"
