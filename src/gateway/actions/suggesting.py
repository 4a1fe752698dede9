"""QuestionnaireResponse/$suggest: what may be offered after a screening that is sent along.

A calculator on its body: nothing that is stored is read, and nothing is stored. What is suggested
is for a practitioner and the person to talk about.
"""

from __future__ import annotations

from typing import Any

from gateway.actions.answer import Answer, refused
from gateway.actions.found import Found
from gateway.actions.recording import recorded
from gateway.actions.serving import Serving
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused
from mappings.suggesting import Suggestion, proposal, suggested
from mappings.systems import BAND, OFFER

Json = dict[str, Any]
TYPE = "QuestionnaireResponse"


class Suggesting(Serving):
    """The operation $suggest. Whoever has a token may ask it: it tells nothing of what is held."""

    async def suggest(self, requester: Requester, body: bytes) -> Answer:
        """200 with a parameter for each suggestion, and none where nothing is; or what is wrong.

        The log has a row without entities: that it was asked, not about whom.
        """
        request = self._request(requester, "operation", f"{TYPE}/$suggest")
        response = await self._received(body, TYPE)
        answer = refused(*response.problems) if isinstance(response, Refused) else _told(response)
        return await self._recorded(answer, recorded(request, Found(answer)))


def _told(response: Json) -> Answer:
    found = suggested(response)
    if not isinstance(found, tuple):
        return refused(*(Problem(Kind.RULE, each.reason, each.where) for each in found))
    parameters: Json = {"resourceType": "Parameters"}
    if found:
        parameters["parameter"] = [_parameter(one, response) for one in found]
    return Answer(200, encode(parameters))


def _parameter(one: Suggestion, response: Json) -> Json:
    return {
        "name": "suggestion",
        "part": [
            {"name": "offer", "valueCoding": {"system": OFFER, "code": one.offer}},
            {"name": "words", "valueString": one.words},
            {"name": "score", "valueCoding": dict(one.score)},
            {"name": "band", "valueCoding": {"system": BAND, "code": one.band}},
            {"name": "provisional", "valueBoolean": one.provisional},
            {"name": "proposal", "resource": proposal(one, response)},
        ],
    }
