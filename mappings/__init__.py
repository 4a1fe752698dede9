"""Turns flat records into FHIR and back without loss. Pure: no clock, disk or database.

    instruments.instrument(kind) -> Instrument | None      by id or alias
    instruments.all_instruments() -> tuple[Instrument, …]  those that services are offered
    questionnaire.questionnaire(instrument, wording=None)  its R4 Questionnaire
    wording.read(tree) -> Wordings | Unreadable            a site's licensed texts
    scoring.score(instrument, answers) -> tuple[Scored, …] computed, never believed
    scoring.alerts(instrument, answers) -> tuple[Alert, …] what some answers ask for at once
    screening.to_fhir(record, instrument) -> Mapped | Unmappable
    screening.from_fhir(response, patient, instrument) -> Flattened | Unmappable
    referral.to_fhir(record) -> Mapped | Unmappable
    referral.from_fhir(request, patient, attested=…) -> Flattened | Unmappable
    mhsds.to_fhir(record), from_fhir(resource, addresses, surroundings)
    ndtms.to_fhir(record), from_fhir(…)                    behind the person's agreement
    bundles.batches(mapped, size), transaction(entries), standalone(entries)
    checking.check_response(response), check_scores(response, observations)
    kinds.kind_of(name) -> MapKind | None                  what `onestory map` knows

Resources share parts with each other: treat what comes back as read-only.
"""
