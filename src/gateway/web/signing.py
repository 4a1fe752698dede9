"""The pages for coming in and leaving: the start page, signing in, signing out, leaving quickly."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.web.gateway import gateway_of
from gateway.web.rendering import onward, page
from gateway.web.session import Door, Session, begun, forget, keep
from gateway.web.signing_in import Links, Refused, SignIn
from gateway.web.visiting import from_our_page, is_secure

# A page that anyone may have been looking at, without cookies of ours.
ELSEWHERE = "https://www.bbc.co.uk/weather"


async def start(request: Request) -> Response:
    return page(request, "start.html")


async def sign_in(request: Request) -> Response:
    """GET says how to sign in. POST with a proof begins a visit at the proof's door."""
    if request.method == "GET":
        return page(request, "sign-in.html", {"ended": "ended" in request.query_params})
    proof = str((await request.form()).get("proof", ""))
    now = gateway_of(request).clock()
    who = _sign_in_of(request).proved(proof, now)
    if isinstance(who, Refused) or not from_our_page(request):
        return page(request, "sign-in-link.html", {"proof": ""}, 403)
    response = onward(f"/{who.door}")
    session = begun(who.door, who.subject, now)
    keep(response, session, gateway_of(request).keys.session, now, is_secure(request))
    return response


async def by_link(request: Request) -> Response:
    """A page with one button: what only looks at a link, as a preview does, signs nobody in."""
    proof = request.path_params["proof"]
    who = _sign_in_of(request).proved(proof, gateway_of(request).clock())
    if isinstance(who, Refused):
        return page(request, "sign-in-link.html", {"proof": ""}, 403)
    return page(request, "sign-in-link.html", {"proof": proof, "door": who.door})


async def sign_out(request: Request, session: Session) -> Response:
    response = onward("/signed-out")
    forget(response, session.door, is_secure(request))
    return response


async def signed_out(request: Request) -> Response:
    return page(request, "signed-out.html")


async def leave(request: Request) -> Response:
    """Ends every visit of this browser and goes to a page about something else."""
    response = onward(ELSEWHERE)
    for door in Door:
        forget(response, door, is_secure(request))
    return response


def missing(request: Request, status: int) -> Response:
    """What stands where no page is, or no form of ours came: the application's answer outside
    `/fhir`."""
    template = "nothing-here.html" if status in (404, 405) else "not-ours.html"
    return page(request, template, {"home": "/"}, status)


def broken(request: Request, status: int) -> Response:
    """What a person sees where something of ours broke."""
    return page(request, "not-now.html", {"home": "/"}, status)


def _sign_in_of(request: Request) -> SignIn:
    return Links(gateway_of(request).keys.session)
