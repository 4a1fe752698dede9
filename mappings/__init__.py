"""Turns flat records into FHIR and back without loss. Pure: no clock, disk or database."""
