"""A SMART Backend Services client: signs its assertion, asks for a token, speaks FHIR."""

from __future__ import annotations

import json
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from live_server import LiveServer

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ACT_REASON = "urn:oid:2.16.840.1.113883.5.8#"
FHIR_JSON = "application/fhir+json"

Json = dict[str, Any]


@dataclass(frozen=True)
class Registration:
    """What `client add` printed, and the key it was given the public half of."""

    client_id: str
    organization: str
    ods: str
    purpose: str
    scope: str
    algorithm: str
    key: ECKey | RSAKey = field(repr=False)

    @property
    def owner(self) -> Json:
        return {"reference": self.organization}


def new_key(algorithm: str) -> ECKey | RSAKey:
    named = {"kid": str(uuid.uuid4()), "use": "sig", "alg": algorithm}
    if algorithm == "ES384":
        return ECKey.generate_key("P-384", parameters=named)
    return RSAKey.generate_key(2048, parameters=named)


def register(
    server: LiveServer,
    name: str,
    ods: str,
    *,
    role: str = "service",
    purpose: str = "TREAT",
    scope: str = "system/*.cruds",
    algorithm: str = "ES384",
) -> Registration:
    key = new_key(algorithm)
    public = KeySet([key]).as_dict(private=False)
    printed = server.register(name, ods, role, scope, dict(public), purpose)
    return Registration(
        printed["client_id"], printed["organization"], ods, purpose, scope, algorithm, key
    )


def signed_by_hand(header: Json, claims: Json, key: ECKey | RSAKey) -> str:
    """A compact ES384 JWS over this header, whatever it says."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signed = b".".join(parts)
    made = key.private_key.sign(signed, ec.ECDSA(hashes.SHA384()))
    signature = b"".join(number.to_bytes(48) for number in decode_dss_signature(made))
    return b".".join((signed, urlsafe_b64encode(signature).rstrip(b"="))).decode()


class SmartClient:
    """One client's HTTP session. `patient` is whom a portal's or an emergency token serves."""

    def __init__(self, server: LiveServer, who: Registration, patient: str | None = None) -> None:
        self.server = server
        self.who = who
        self.patient = patient
        self.fhir = f"{server.base}/fhir"
        # Loopback without TLS: a client for each person would else load the CA bundle each time.
        self.http = httpx.Client(
            timeout=30,
            headers={"Accept": FHIR_JSON},
            verify=False,  # noqa: S501 - see above
            trust_env=False,
        )
        self._token: str | None = None
        self._until = 0.0

    def close(self) -> None:
        self.http.close()

    def serving(self, patient: str) -> SmartClient:
        """The same client with a token for one person."""
        return SmartClient(self.server, self.who, patient)

    def claims(self, **changed: Any) -> Json:
        now = int(time.time())
        b2b: Json = {
            "version": "1",
            "organization_id": self.who.ods,
            "purpose_of_use": [ACT_REASON + self.who.purpose],
        }
        extensions: Json = {"hl7-b2b": b2b}
        if self.patient is not None:
            extensions["onestory"] = {"patient": self.patient}
        return {
            "iss": self.who.client_id,
            "sub": self.who.client_id,
            "aud": f"{self.server.base}/oauth/token",
            "iat": now,
            "exp": now + 240,
            "jti": str(uuid.uuid4()),
            "extensions": extensions,
        } | changed

    def assertion(self, header: Json | None = None, **changed: Any) -> str:
        """What proves who asks. Headers of the test's own are signed by hand: libraries balk."""
        named = {"alg": self.who.algorithm, "kid": self.who.key.kid, "typ": "JWT"}
        claims = self.claims(**changed)
        if header is not None:
            return signed_by_hand(named | header, claims, self.who.key)
        return jwt.encode(named, claims, self.who.key, algorithms=[named["alg"]])

    def ask_token(self, scope: str | None = None, **changed: Any) -> httpx.Response:
        return self.http.post(
            f"{self.server.base}/oauth/token",
            data={
                "grant_type": "client_credentials",
                "scope": scope or self.who.scope,
                "client_assertion_type": JWT_BEARER,
                "client_assertion": changed.pop("assertion", None) or self.assertion(**changed),
            },
            headers={"Accept": "application/json"},
        )

    @property
    def token(self) -> str:
        """A live token, asked for once and kept until shortly before it ends."""
        if self._token is None or time.time() > self._until:
            answer = self.ask_token()
            assert answer.status_code == 200, answer.text
            self._token = str(answer.json()["access_token"])
            self._until = time.time() + float(answer.json()["expires_in"]) - 30
        return self._token

    def forget_token(self) -> None:
        self._token = None

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | how.pop("headers", {})
        url = path if path.startswith("http") else f"{self.fhir}/{path}" if path else self.fhir
        return self.http.request(method, url, headers=headers, **how)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """GET; a parameter's leading underscore is written `_id`, a modifier goes in `path`."""
        return self.request("GET", path, params=query or None, headers=headers or {})

    def send(self, method: str, path: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes | str) else None
        named = {"Content-Type": FHIR_JSON} | {k.replace("_", "-"): v for k, v in headers.items()}
        if content is not None:
            return self.request(method, path, content=content, headers=named)
        return self.request(method, path, json=body, headers=named)

    def post(self, resource: Json, **headers: str) -> httpx.Response:
        return self.send("POST", resource["resourceType"], resource, **headers)

    def put(self, resource: Json, **headers: str) -> httpx.Response:
        return self.send("PUT", f"{resource['resourceType']}/{resource['id']}", resource, **headers)

    def transact(self, entries: list[Json]) -> httpx.Response:
        return self.send(
            "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        )

    def created(self, resource: Json, **headers: str) -> Json:
        """The resource as stored: POSTed, then read back if the answer brings no body."""
        answer = self.post(resource, **headers)
        assert answer.status_code == 201, answer.text
        if answer.content and answer.json()["resourceType"] == resource["resourceType"]:
            return dict(answer.json())
        return dict(
            self.read("/".join(answer.headers["Location"].split("/fhir/")[1].split("/")[:2]))
        )

    def read(self, reference: str) -> Json:
        answer = self.get(reference)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return dict(answer.json())

    def pages(self, path: str, **query: Any) -> Iterator[Json]:
        """Each page of a search, by its own next links."""
        answer = self.get(path, **query)
        while True:
            assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
            page = dict(answer.json())
            yield page
            following = next_link(page)
            if following is None:
                return
            answer = self.get(following)

    def search(self, path: str, **query: Any) -> list[Json]:
        """Every match of a search, page by page."""
        return [
            entry["resource"]
            for page in self.pages(path, **query)
            for entry in page.get("entry", [])
            if entry.get("search", {}).get("mode", "match") == "match"
        ]


def reference_in(location: str) -> str:
    """ "Type/id" out of an absolute or relative, versioned or unversioned location."""
    return "/".join(location.split("/_history/")[0].split("/")[-2:])


def next_link(page: Json) -> str | None:
    return next((link["url"] for link in page.get("link", []) if link["relation"] == "next"), None)


def if_match(answer_or_resource: httpx.Response | Json) -> dict[str, str]:
    """The header that holds an update against the version just seen."""
    if isinstance(answer_or_resource, httpx.Response):
        return {"If_Match": answer_or_resource.headers["ETag"]}
    return {"If_Match": f'W/"{answer_or_resource["meta"]["versionId"]}"'}
