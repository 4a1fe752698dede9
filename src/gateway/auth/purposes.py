"""Purposes of use (HL7 v3 ActReason), and which a client of each role may hold."""

from __future__ import annotations

from gateway.auth.requester import Role

OID = "urn:oid:2.16.840.1.113883.5.8#"
URL = "http://terminology.hl7.org/CodeSystem/v3-ActReason#"

# The value set v3-PurposeOfUse, and TRIAGE.
_CODES = """
    HMARKT HOPERAT CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS
    HPRGRP HQUALIMP HSYSADMIN LABELING METAMGT MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT
    SYSDEV HTEST TRAIN HPAYMT CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM MILDCRG REMITADV
    HRESCH BIORCH CLINTRCH CLINTRCHNPC CLINTRCHPC PRECLINTRCH DSRCH POARCH TRANSRCH PATRQT FAMRQT
    PWATRNY SUPNWK PUBHLTH DISASTER THREAT TREAT CLINTRL COC ETREAT BTG ERTREAT POPHLTH
    TRIAGE
"""
PURPOSES = frozenset(_CODES.split())

MARKETING = "HMARKT"
EMERGENCY = frozenset({"BTG", "ETREAT", "ERTREAT"})
DELEGATED = frozenset({"PWATRNY", "FAMRQT"})

_ONLY = {Role.PORTAL: frozenset({"PATRQT"}) | DELEGATED, Role.OFFICER: frozenset({"HCOMPL"})}


def fits(purpose: str, role: Role) -> bool:
    """Whether a client of the role may be registered with the purpose. Marketing: never."""
    return purpose in _ONLY.get(role, PURPOSES - {MARKETING})


def fitting(role: Role) -> str:
    """The purposes of a role, in words for a message."""
    only = _ONLY.get(role)
    return ", ".join(sorted(only)) if only else "any v3 PurposeOfUse code but HMARKT"


def code_of(value: object) -> str | None:
    """The code in `urn:oid:2.16.840.1.113883.5.8#TREAT` or its URL form; None for all else."""
    if not isinstance(value, str):
        return None
    system, separator, code = value.rpartition("#")
    known = system + separator in (OID, URL) and code in PURPOSES
    return code if known else None
