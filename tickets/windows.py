"""What comes due by itself in a state, and when: closing, a reminder, the end of a silence."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from departments.calendars import hours_at, rules_at
from departments.hours import Hours
from departments.open_days import end_of_open_day, same_time_on_open_day
from departments.promises import promise_of
from helpdesk.lib.errors import Refused
from tickets.models import Outcome, State, Ticket

# Where no service says otherwise.
REOPEN_DAYS, REMIND_DAYS = 7, 3


def enter(
    ticket: Ticket,
    state: State,
    *,
    at: datetime,
    outcome: Outcome | None = None,
    until: datetime | None = None,
) -> None:
    """Move the ticket, in memory, and set what will come due by itself from then on.

    Nothing is put off for ever: Refused when it is to be *scheduled* without `until`.
    """
    if state == State.SCHEDULED and until is None:
        raise Refused(_("Say until when: then it comes back by itself."), code="no_date")
    ticket.move_to(state, outcome=outcome)
    ticket.returns_at = until
    set_windows(ticket, at)


def set_windows(ticket: Ticket, at: datetime) -> None:
    """What comes due by itself when this state began, or began anew, at `at`; in memory."""
    if ticket.state == State.RESOLVED:
        ticket.closes_at = closing_time(ticket, at)
    elif ticket.state == State.WAITING_REQUESTER:
        ticket.remind_at, ticket.lapses_at = reminding_time(ticket, at), lapsing_time(ticket, at)


def closing_time(ticket: Ticket, at: datetime) -> datetime:
    """When a ticket solved at `at` closes unless somebody reopens it.

    In days of the calendar, or when the desk closes on the last of so many opening days.
    """
    service = ticket.service
    days = service.reopen_days if service else REOPEN_DAYS
    if service is None or not service.window_is_business:
        return at + timedelta(days=days)
    return end_of_open_day(*desk_time(ticket), at, days)


def reminding_time(ticket: Ticket, at: datetime) -> datetime | None:
    """When somebody asked at `at` is asked once more: the same hour, some opening days on."""
    days = ticket.service.remind_days if ticket.service else REMIND_DAYS
    return same_time_on_open_day(*desk_time(ticket), at, days) if days else None


def lapsing_time(ticket: Ticket, at: datetime) -> datetime | None:
    """When a question asked at `at` that nobody answers is taken for solved, if ever."""
    days = ticket.service.resolve_silent_days if ticket.service else 0
    return end_of_open_day(*desk_time(ticket), at, days) if days else None


def desk_time(ticket: Ticket) -> tuple[Hours, ZoneInfo]:
    """When the desk of this ticket is open, and the zone in which its days begin."""
    calendar = promise_of(ticket.desk, ticket.service).calendar
    assert calendar.current_id is not None  # set by the action that founds a calendar
    return time_of(calendar.current_id)


def time_of(version: int) -> tuple[Hours, ZoneInfo]:
    """The hours and the zone of a calendar's version."""
    return hours_at(version), ZoneInfo(rules_at(version).zone)
