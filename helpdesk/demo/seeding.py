"""Making the demo company: rows, ninety days of requests, today's open ones, the figures."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from departments.models import Department
from helpdesk.demo import articles, company, history, on_call, today
from helpdesk.demo.catalogue import DESKS
from helpdesk.demo.stage import Case, play
from helpdesk.lib.background import quietly
from metrics import rollup
from tickets.models import Ticket


class Made(NamedTuple):
    """How much was made."""

    people: int
    services: int
    tickets: int
    open_tickets: int


@transaction.atomic
def seed(now: datetime) -> Made:
    """Fill an empty installation as if it had been used until `now`; all of it or nothing.

    Nobody is nudged: whatever follows from what happened has been done when this returns.
    """
    now = now.replace(second=0, microsecond=0)
    with quietly():
        aldera = company.found(now)
        cases = [*history.cases(aldera, now), *today.cases(aldera, now)]
        number_desks(cases)
        play(cases, now=now)
        articles.write(aldera, now)
        on_call.plan(aldera, now)
        rollup.measure_changed(at=now)
    return Made(
        people=len(aldera.people),
        services=len(aldera.services),
        tickets=len(cases),
        open_tickets=Ticket.objects.unfinished().count(),
    )


def number_desks(cases: Sequence[Case]) -> None:
    """Let each desk's numbers begin where a desk of some years' work would be by then."""
    for row in DESKS:
        first = row["first_number"]
        asked = [case for case in cases if case.request.desk.slug == row["slug"]]
        for place, case in enumerate(sorted(asked, key=lambda case: case.opened_at)):
            first = case.number - place if case.number else first
        Department.objects.filter(slug=row["slug"]).update(next_number=first)
