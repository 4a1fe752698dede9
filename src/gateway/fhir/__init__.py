"""FHIR as a format: parsing, checking, references, problems. Pure."""
