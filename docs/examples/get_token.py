"""Ask the demo for an access token, as a client of SMART Backend Services does, and print it.

    .venv/bin/python docs/examples/get_token.py .onestory/clients/drugs.json

The file is what the client keeps for itself: its id, its organisation and its private key.
"""

import json
import sys
import time
import uuid
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

if len(sys.argv) < 2:
    sys.exit("Name the file of a client, such as .onestory/clients/drugs.json")

client = json.loads(Path(sys.argv[1]).read_text())
base = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8080"
endpoint = httpx.get(f"{base}/fhir/.well-known/smart-configuration").json()["token_endpoint"]

who_and_why = {
    "version": "1",
    "organization_id": client["ods"],
    "purpose_of_use": [f"urn:oid:2.16.840.1.113883.5.8#{client['purpose']}"],
}
if client["worker"]:
    who_and_why["subject_id"] = f"https://fhir.nhs.uk/Id/sds-user-id|{client['worker']['id']}"
    who_and_why["subject_name"] = client["worker"]["name"]

now = int(time.time())
claims = {
    "iss": client["client_id"],
    "sub": client["client_id"],
    "aud": endpoint,
    "iat": now,
    "exp": now + 240,
    "jti": str(uuid.uuid4()),
    "extensions": {"hl7-b2b": who_and_why},
}
header = {"alg": "ES384", "kid": client["key"]["kid"], "typ": "JWT"}
assertion = jwt.encode(header, claims, ECKey.import_key(client["key"]), algorithms=["ES384"])

answer = httpx.post(
    endpoint,
    data={
        "grant_type": "client_credentials",
        "scope": client["scope"],
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    },
)
answer.raise_for_status()
sys.stdout.write(answer.json()["access_token"] + "\n")
