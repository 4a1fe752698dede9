"""A shared care plan, both ways: a flat record, and the FHIR resources that say the same.

    to_fhir(record) -> Mapped | Unmappable
    from_fhir(plan, addresses, patient, linked) -> Flattened | Unmappable

The plan is a CarePlan with Goals, a CareTeam, Conditions (needs), Observations (strengths first,
then what was asked and found), Tasks (reviews, recovery supports), Communications, Flags, and a
crisis CarePlan that is part of it; Provenances say that it was agreed. There and back is identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mappings import (
    care_plan_activities,
    care_plan_agreement,
    care_plan_assessments,
    care_plan_contacts,
    care_plan_goals,
    care_plan_main,
    care_plan_rows,
    care_plan_tasks,
    care_plan_team,
    parties,
)
from mappings.care_plan_held import Held, held
from mappings.care_plan_made import making
from mappings.linked import Linked, Resource
from mappings.verdict import Entry, Flattened, Mapped, Unmappable


def to_fhir(record: Mapping[str, object]) -> Mapped | Unmappable:
    """The Patient, the plan, and everything that the plan is made of.

    Refused: a cell that is not as its column asks, cells that contradict each other, and in a plan
    that is no draft whatever `care_plan_checks.check` would call an error.
    """
    plan = care_plan_rows.read(record)
    if isinstance(plan, Unmappable):
        return plan
    patient = parties.patient_entry(plan.person)
    made = making(plan, patient.full_url)
    goals = tuple(care_plan_goals.goals(made))
    strengths_and_findings = tuple(care_plan_assessments.write(made))
    team = tuple(care_plan_team.team(made))
    needs = tuple(care_plan_goals.needs(made))
    tasks = tuple(care_plan_tasks.write(made))
    main = care_plan_main.plan(made, goals, strengths_and_findings, team, needs, tasks)
    crisis = care_plan_main.crisis(made)
    around: Iterable[Entry] = (
        *care_plan_team.carer(made),
        *care_plan_assessments.flags(made),
        *care_plan_contacts.write(made),
        *care_plan_agreement.write(made),
    )
    plans = (main, *crisis)
    return Mapped(
        (patient, *plans, *goals, *strengths_and_findings, *team, *needs, *tasks, *around)
    )


def from_fhir(
    plan: Resource, addresses: tuple[str, ...], patient: Resource, linked: Linked
) -> Flattened | Unmappable:
    """The flat record of a CarePlan, its subject's Patient, and what is linked to it.

    Refused: what no column can say, so that nothing is lost on the way, and whatever `to_fhir`
    would refuse in the record.
    """
    found = held(plan, addresses, linked)
    record = care_plan_main.read(found, patient) | _parts(found)
    if found.faults:
        return Unmappable(tuple(found.faults))
    read = care_plan_rows.read(record)
    if isinstance(read, Unmappable):
        return read
    return Flattened(care_plan_rows.write(read))


def _parts(found: Held) -> dict[str, str]:
    return {
        **care_plan_goals.read_goals(found),
        **care_plan_goals.read_needs(found),
        **care_plan_team.read_team(found),
        **care_plan_activities.read(found, found.plan, "activities"),
        **care_plan_activities.read(found, found.crisis, "crisis_activities"),
        **care_plan_tasks.read(found),
        **care_plan_contacts.read(found),
        **care_plan_agreement.read(found),
    }
