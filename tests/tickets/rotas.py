"""Rotas for tests of paging: Mihai is called first, then Jonas; and a night to call them in."""

from datetime import UTC, date, datetime, time, timedelta

from departments.actions import rota as rotas
from departments.models import Department, Person, Rota
from tests.cast import Company
from tickets.actions import timekeeping
from tickets.models import Page, Ticket
from tickets.reactions import running

# Monday 22:14 in Istanbul: every desk has been closed since five.
NIGHT = datetime(2026, 3, 9, 19, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST_DAY = date(2026, 1, 1)


def rota_of(
    desk: Department, lead: Person, *layers: Person, wait: int = 10, rounds: int = 2
) -> Rota:
    """A rota whose layers have one person each, day and night."""
    rota = rotas.set_up(desk, by=lead, wait_minutes=wait, rounds=rounds)
    for number, person in enumerate(layers, 1):
        rotas.save_layer(
            rota,
            by=lead,
            at=NIGHT,
            people=[person],
            name=f"Line {number}",
            time_zone="Europe/Istanbul",
            handover="weekly",
            handover_at=time(9),
            starts_on=FIRST_DAY,
        )
    return rota


def it_rota(company: Company, **settings: int) -> Rota:
    return rota_of(company.it, company.jonas, company.mihai, company.jonas, **settings)


def hr_rota(company: Company) -> Rota:
    return rota_of(company.hr, company.andreea, company.misaki, company.andreea)


def react() -> None:
    """What follows from everything that happened, until nothing follows any more."""
    while running.react_to_pending():
        pass


def sweep(at: datetime) -> None:
    """A worker looks for what is due."""
    timekeeping.sweep(now=at)
    react()


def the_page(ticket: Ticket) -> Page:
    """The newest page about the ticket."""
    return ticket.pages.latest("pk")


def called(ticket: Ticket) -> list[tuple[str, int]]:
    """Who was called and how many minutes after 22:14, in order."""
    calls = the_page(ticket).calls.select_related("person")
    return [(call.person.first_name, (call.called_at - NIGHT) // MINUTE) for call in calls]
