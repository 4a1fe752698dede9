"""The addresses of code systems, identifiers and definitions that our resources name."""

from __future__ import annotations

BASE = "https://onestory.example/fhir"

ALERT = f"{BASE}/CodeSystem/alert"
ANSWER = f"{BASE}/CodeSystem/answer"
ATTESTATION = f"{BASE}/CodeSystem/attestation"
BAND = f"{BASE}/CodeSystem/band"
OFFER = f"{BASE}/CodeSystem/offer"
PROVISIONAL = f"{BASE}/CodeSystem/provisional"
REFERRAL = f"{BASE}/CodeSystem/referral"
SCORE = f"{BASE}/CodeSystem/score"
QUESTIONNAIRE = f"{BASE}/Questionnaire"
STRUCTURE_DEFINITION = f"{BASE}/StructureDefinition"
RECORDING_ORGANIZATION = f"{STRUCTURE_DEFINITION}/recording-organization"
ROW_DIGEST = f"{BASE}/Id/row-digest"
MESSAGE = f"{BASE}/Id/message"
MESSAGE_ANSWERED = f"{BASE}/Id/message-answered"
MESSAGE_ENTRY = f"{BASE}/Id/message-entry"

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
MIN_VALUE = "http://hl7.org/fhir/StructureDefinition/minValue"
MAX_VALUE = "http://hl7.org/fhir/StructureDefinition/maxValue"
ORDINAL_VALUE = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
CALCULATED_EXPRESSION = (
    "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
)
TZ_CODE = "http://hl7.org/fhir/StructureDefinition/tz-code"
