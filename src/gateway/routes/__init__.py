"""One small file for each FHIR interaction."""
