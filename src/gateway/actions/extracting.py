"""QuestionnaireResponse/$extract: the scores of a response, and its alerts, as resources.

Of one that is stored, as the requester may have it; or of one that is sent along. Nothing is
stored: what comes back is a transaction, for whoever asked to send.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.actions import logged, remembering
from gateway.actions.answer import Answer, refused
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.receiving import parsed
from gateway.actions.recording import recorded
from gateway.actions.releasing import tree
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused
from mappings import bundles
from mappings.extracting import TYPE, extracted

NAME = "$extract"
Json = dict[str, Any]


class Extracting(Serving):
    """The operation $extract, of the type and of an instance."""

    async def extract(self, requester: Requester, body: bytes) -> Answer:
        """200 with the transaction for a response that is sent along, or what is wrong with it.

        Nothing that is stored is read. The log has a row without entities: that it was asked.
        """
        request = self._request(requester, "operation", f"{TYPE}/{NAME}")
        sent = self._named(body)
        response = sent if isinstance(sent, Refused) else await self._received(sent, TYPE)
        answer = (
            refused(*response.problems)
            if isinstance(response, Refused)
            else _answer(response, requester)
        )
        return await self._recorded(answer, recorded(request, Found(answer)))

    async def extract_from(self, requester: Requester, id_: str) -> Answer:
        """200 with the transaction for a response that is stored; 404 for one that the requester
        may not see."""
        asked = f"{logged.about(TYPE, id_)}/{NAME}"
        request = self._request(requester, "operation", asked)
        if not requester.may("r", TYPE):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, TYPE))
        found = await self._seen(request, lambda gate: _found(gate, id_))
        return await self._record(request, found)

    def _named(self, body: bytes) -> bytes | Refused:
        """The response in Parameters, as SDC sends it; else the body itself."""
        sent = parsed(self.installation, body)
        if isinstance(sent, Refused) or sent.get("resourceType") != "Parameters":
            return sent if isinstance(sent, Refused) else body
        listed = sent.get("parameter")
        named = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
        match named:
            case {"name": "questionnaire-response", "resource": dict(response)}:
                return encode(response)
            case _:
                words = "must be questionnaire-response with the resource, and nothing else"
                return Refused((Problem(Kind.PARAMETER, words, "Parameters.parameter"),))


def _found(gate: Gate, id_: str) -> Found:
    read = remembering.current(gate, TYPE, id_)
    seen = read.answer.about
    if seen is None:
        return read
    answer = _answer(tree(seen.body), gate.requester)
    return Found(answer, read.entities, read.consents, read.persons)


def _answer(response: Mapping[str, Any], requester: Requester) -> Answer:
    found = extracted(response, requester.ods)
    if not isinstance(found, tuple):
        return refused(*(Problem(Kind.RULE, each.reason, each.where) for each in found))
    bundle: Json = bundles.transaction(found)
    if not found:
        del bundle["entry"]
    return Answer(200, encode(bundle))
