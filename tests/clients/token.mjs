// What each session is told, and SMART Backend Services as both clients leave it to their users.

import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";

const require = createRequire(import.meta.url);
const { importJWK, signCompactJws } = require("fhirclient/lib/security/server");

export async function asked() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}

export async function token({ client, organization, scope, key }, address) {
  const now = Math.floor(Date.now() / 1000);
  const purpose_of_use = ["urn:oid:2.16.840.1.113883.5.8#TREAT"];
  const claims = {
    iss: client,
    sub: client,
    aud: address,
    iat: now,
    exp: now + 240,
    jti: randomUUID(),
    extensions: { "hl7-b2b": { version: "1", organization_id: organization, purpose_of_use } },
  };
  const header = { kid: key.kid, typ: "JWT" };
  const assertion = await signCompactJws(key.alg, await importJWK(key), header, claims);
  const answer = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      scope,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${body.error}: ${body.error_description}`);
  return body.access_token;
}
