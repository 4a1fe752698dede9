"""Consent/$decide: what consents that are sent along come to. Nothing that is stored is read."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from consent.calculating import answers
from consent.telling import told
from gateway.actions.answer import Answer, refused
from gateway.actions.failing import failed
from gateway.actions.found import Found
from gateway.actions.gate import TooLongError
from gateway.actions.receiving import parsed
from gateway.actions.recording import recorded
from gateway.actions.validating import Validating
from gateway.actions.writing import TOO_LONG
from gateway.auth.requester import Requester
from gateway.fhir.decide_parameters import question_of, verdicts
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Refused
from gateway.fhir.strict_json import Limits


class Calculating(Validating):
    """The operation $decide. Whoever has a token may ask it: it tells nothing of what is held."""

    async def decide(self, requester: Requester, body: bytes) -> Answer:
        """200 with a verdict for each resource, permit and deny alike; or what is wrong.

        The log has a row without entities: that it was asked, not about whom.
        """
        request = self._request(requester, "operation", "Consent/$decide")
        until = self._last_moment()
        try:
            answer = await asyncio.to_thread(self._calculated, body, request.now, until)
        except Exception as error:
            answer = failed(error, request.id)
        return await self._recorded(answer, recorded(request, Found(answer)))

    def _calculated(self, body: bytes, now: datetime, until: float) -> Answer:
        tree = parsed(self.installation, body)
        if isinstance(tree, Refused):
            return refused(*tree.problems)
        limits = Limits(self.limits.body, self.limits.depth, self.limits.entries)
        question = question_of(tree, limits, now)
        if isinstance(question, Refused):
            return refused(*question.problems)

        def pause() -> None:
            if time.monotonic() > until:
                raise TooLongError

        try:
            found = [told(answer) for answer in answers(question, pause)]
        except TooLongError:
            return refused(TOO_LONG)
        return Answer(200, encode(verdicts(found)))
