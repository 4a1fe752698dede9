"""A client of the contract: signs its assertion, asks for a token, speaks FHIR over HTTP."""

from __future__ import annotations

import time
import uuid
from types import TracebackType
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.cli.demo.account import Account
from gateway.cli.demo.registering import ALGORITHM

FHIR_JSON = "application/fhir+json"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ACT_REASON = "urn:oid:2.16.840.1.113883.5.8#"
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"

Json = dict[str, Any]


class UnexpectedAnswerError(Exception):
    """The server answered something else than the story says. One line."""


class Caller:
    """One client's session with a server. `patient` is whom a portal's token serves."""

    def __init__(self, base: str, account: Account, patient: str | None = None) -> None:
        self.base = base
        self.account = account
        self.patient = patient
        self.http = httpx.Client(base_url=f"{base}/fhir", timeout=30, headers={"Accept": FHIR_JSON})
        self.http.headers["Authorization"] = f"Bearer {self._token()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(path, params=query or None)

    def read(self, reference: str) -> Json:
        return _body(self.get(reference), 200)

    def search(self, resource_type: str, **query: str) -> list[Json]:
        """Every match on the first 100; `patient__identifier` stands for `patient.identifier`."""
        named = {name.replace("__", "."): value for name, value in query.items()}
        found = _body(self.get(resource_type, **named, _count="100"), 200)
        return [entry["resource"] for entry in found.get("entry", [])]

    def create(self, resource: Json) -> Json:
        return _body(self._send("POST", f"/{resource['resourceType']}", resource), 201)

    def update(self, resource: Json) -> Json:
        """The resource as it was read, changed; refused where someone else was faster."""
        where = f"/{resource['resourceType']}/{resource['id']}"
        version = f'W/"{resource["meta"]["versionId"]}"'
        return _body(self._send("PUT", where, resource, {"If-Match": version}), 200)

    def transact(self, bundle: Json) -> list[Json]:
        """What became of each entry, in order: `status` and `location`."""
        answered = _body(self._send("POST", "", bundle), 200)
        return [entry["response"] for entry in answered["entry"]]

    def _send(
        self, method: str, path: str, body: Json, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        named = {"Content-Type": FHIR_JSON} | (headers or {})
        return self.http.request(method, path, json=body, headers=named)

    def _token(self) -> str:
        asked = {
            "grant_type": "client_credentials",
            "scope": self.account.scope,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": self._assertion(),
        }
        answer = self.http.post(f"{self.base}/oauth/token", data=asked)
        return str(_body(answer, 200)["access_token"])

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.account.client_id,
            "sub": self.account.client_id,
            "aud": f"{self.base}/oauth/token",
            "iat": now,
            "exp": now + 240,
            "jti": str(uuid.uuid4()),
            "extensions": self._extensions(),
        }
        key = ECKey.import_key(dict(self.account.key))
        header = {"alg": ALGORITHM, "kid": self.account.key["kid"], "typ": "JWT"}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

    def _extensions(self) -> Json:
        b2b: Json = {
            "version": "1",
            "organization_id": self.account.ods,
            "purpose_of_use": [ACT_REASON + self.account.purpose],
        }
        worker = self.account.worker
        if worker is not None:
            b2b |= {"subject_id": f"{SDS_USER}|{worker.id}", "subject_name": worker.name}
        served = {"onestory": {"patient": self.patient}} if self.patient else {}
        return {"hl7-b2b": b2b} | served


def _body(answer: httpx.Response, expected: int) -> Json:
    body = answer.json() if answer.content else {}
    if answer.status_code == expected:
        return dict(body)
    said = [issue.get("diagnostics", "") for issue in body.get("issue", [])]
    request = answer.request
    raise UnexpectedAnswerError(
        f"{request.method} {request.url.path} was answered {answer.status_code}, not {expected}: "
        f"{'; '.join(said) or body.get('error_description', '')}"
    )
