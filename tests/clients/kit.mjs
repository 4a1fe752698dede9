// fhir-kit-client: finds the token's address itself, is handed the token, then a service's day.

import assert from "node:assert/strict";
import { Client } from "fhir-kit-client";
import { asked, token } from "./token.mjs";

const told = await asked();
const client = new Client({ baseUrl: told.base });
const statement = await client.capabilityStatement();
assert.equal(statement.fhirVersion, "4.0.1");
const { tokenUrl } = await client.smartAuthMetadata();
client.bearerToken = await token(told, tokenUrl.href);

const patient = await client.create({ resourceType: "Patient", body: told.somebody });
const subject = `Patient/${patient.id}`;
const fill = (bundle) => JSON.parse(JSON.stringify(bundle).replaceAll("Patient/me", subject));
const sent = await client.transaction({ body: fill(told.screening) });
const [, id] = sent.entry[1].response.location.match(/Observation\/([^/]+)/);
await client.batch({ body: fill(told.scores) });

const kept = await client.read({ resourceType: "Observation", id });
const version = kept.meta.versionId;
assert.deepEqual(await client.vread({ resourceType: "Observation", id, version }), kept);
assert.equal((await client.resolve({ reference: kept.subject.reference })).id, patient.id);

const sizes = [];
const searchParams = { patient: subject, _count: told.page, _include: "Observation:patient" };
let page = await client.search({ resourceType: "Observation", searchParams });
while (page) {
  sizes.push(page.entry.filter((entry) => entry.search.mode === "match").length);
  assert.equal(page.entry.at(-1).resource.resourceType, "Patient");
  page = await client.nextPage({ bundle: page });
}
const posted = await client.resourceSearch({
  resourceType: "Observation",
  searchParams: { patient: subject },
  options: { postSearch: true },
});

const ifMatch = { headers: { "If-Match": `W/"${version}"` } };
const amended = { ...kept, status: "amended" };
const changed = await client.update({ resourceType: "Observation", id, body: amended, options: ifMatch });
const stale = await client
  .update({ resourceType: "Observation", id, body: amended, options: ifMatch })
  .catch((error) => error.response);
const jsonPatch = [{ op: "replace", path: "/status", value: "corrected" }];
const patched = await client.patch({ resourceType: "Observation", id, jsonPatch });
const history = await client.history({ resourceType: "Observation", id });
await client.delete({ resourceType: "Observation", id });
const gone = await client.read({ resourceType: "Observation", id }).catch((error) => error.response);
const never = await client
  .read({ resourceType: "Observation", id: told.never })
  .catch((error) => error.response);

console.log(
  JSON.stringify({
    sizes,
    posted: posted.entry.length,
    statuses: [kept.status, changed.status, patched.status],
    stale: [stale.status, stale.data.issue[0].code],
    history: history.entry.length,
    gone: [gone.status, gone.data.resourceType],
    never: [never.status, never.data.issue[0].code],
  }),
);
