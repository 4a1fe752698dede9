"""The person's story in reading order, to read, to print and to take along."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.story import Form
from gateway.web.me.visit import visit
from gateway.web.records import NotAnsweredError
from gateway.web.session import Session


async def story(request: Request, session: Session) -> Response:
    """What a service's $story is made of, as the person may see it."""
    here = await visit(request, session)
    mine = here.patient.removeprefix("Patient/")
    answer = await here.gateway.story(here.requester, mine, form=Form.PART)
    if answer.status != 200:
        raise NotAnsweredError(f"a story was answered {answer.status}")
    # Every word of it has been escaped where it was put between our own tags (mappings.story_html).
    return here.show("story.html", {"story": Markup(answer.body.decode())})  # noqa: S704
