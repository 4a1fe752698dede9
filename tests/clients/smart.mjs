// fhirclient: signs its assertion with its own functions, then a service's day.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { asked, token } from "./token.mjs";

const require = createRequire(import.meta.url);
const FHIR = require("fhirclient");

const told = await asked();
const wellKnown = await (await fetch(`${told.base}/.well-known/smart-configuration`)).json();
const access = await token(told, wellKnown.token_endpoint);
const client = FHIR(
  { headers: {}, url: "/" },
  { redirect() {} },
  { get() {}, set() {}, unset() {} },
).client({ serverUrl: told.base, tokenResponse: { access_token: access } });

assert.equal(await client.getFhirVersion(), "4.0.1");
const patient = await client.create(told.somebody);
const subject = `Patient/${patient.id}`;
const fill = (bundle) => JSON.parse(JSON.stringify(bundle).replaceAll("Patient/me", subject));
const post = (bundle) =>
  client.request({
    url: told.base,
    method: "POST",
    headers: { "content-type": "application/fhir+json" },
    body: JSON.stringify(fill(bundle)),
  });
const sent = await post(told.screening);
const [score] = sent.entry[1].response.location.match(/Observation\/[^/]+/);
await post(told.scores);

const kept = await client.request(score);
const vread = await client.request(`${score}/_history/${kept.meta.versionId}`);
assert.deepEqual(vread, kept);
const query = `Observation?patient=${subject}&_count=${told.page}`;
const pages = await client.request(query, { pageLimit: 0 });
const both = await client.request(`Observation?_id=${kept.id}&_include=Observation:patient`);
const graph = await client.request(score, { resolveReferences: ["subject"] });

const ifMatch = { headers: { "if-match": `W/"${kept.meta.versionId}"` } };
const changed = await client.update({ ...kept, status: "amended" }, ifMatch);
const failure = (error) => [error.status ?? error.statusCode, error.message];
const stale = await client.update({ ...kept, status: "amended" }, ifMatch).catch(failure);
const patch = [{ op: "replace", path: "/status", value: "corrected" }];
const patched = await client.patch(score, patch);
await client.delete(score);
const gone = await client.request(score).catch(failure);
const never = await client.request(`Observation/${told.never}`).catch(failure);

console.log(
  JSON.stringify({
    sizes: pages.map((page) => page.entry.length),
    kinds: both.entry.map((entry) => entry.resource.resourceType),
    born: graph.subject.birthDate,
    statuses: [kept.status, changed.status, patched.status],
    stale: stale[0],
    gone: gone[0],
    never,
  }),
);
