"""Time passing: warned once, missed once with the true instant, however late the sweep."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from departments.actions import timing
from departments.models import Priority
from departments.promise_rules import TargetRule
from tests.cast import PROMISES, Company
from tests.conftest import MONDAY, Make
from tickets import actions, sla
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Clock, State, Ticket, TicketEvent

MINUTE = timedelta(minutes=1)


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("pk").values_list("kind", flat=True))


def test_nothing_due_does_nothing(make: Make) -> None:
    make.ticket()
    assert timekeeping.sweep(now=MONDAY + MINUTE) == 0


def test_a_promise_is_warned_of_once(make: Make) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    for minute in (23, 24, 25):
        timekeeping.sweep(now=MONDAY + minute * MINUTE)
    assert kinds(ticket).count(Kind.CLOCK_WARNED) == 1


@pytest.mark.parametrize("late", [1, 60, 60 * 24 * 9])
def test_a_missed_promise_is_told_once_with_the_true_instant(make: Make, late: int) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    for _sweep in range(3):
        timekeeping.sweep(now=MONDAY + 30 * MINUTE + late * MINUTE)
    breach = TicketEvent.objects.filter(
        ticket=ticket, kind=Kind.CLOCK_BREACHED, facts__clock="first_response"
    )
    assert breach.get().at == MONDAY + 30 * MINUTE


def test_at_the_very_instant_of_due_it_is_not_late(make: Make) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=MONDAY + 30 * MINUTE)
    assert Kind.CLOCK_BREACHED not in kinds(ticket)


def test_an_answer_in_time_is_never_late_afterwards(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 10 * MINUTE)
    timekeeping.sweep(now=MONDAY + 40 * MINUTE)
    assert ticket.clocks.get(kind="first_response").state == "met"


def test_a_held_clock_comes_due_by_no_passing_of_time(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.reply(
        ticket, by=company.mihai, body="?", then=State.WAITING_REQUESTER, at=MONDAY + 5 * MINUTE
    )
    timekeeping.sweep(now=MONDAY + timedelta(days=30))
    assert not {Kind.CLOCK_BREACHED, Kind.CLOCK_WARNED} & set(kinds(ticket))


def test_the_next_due_moment_follows_the_clocks(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    assert ticket.next_due_at == MONDAY + 30 * MINUTE
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 5 * MINUTE)
    ticket.refresh_from_db()
    assert ticket.next_due_at == MONDAY + 240 * MINUTE


def test_settling_again_gives_the_same_rows(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 5 * MINUTE)
    before = list(Clock.objects.order_by("pk").values())
    sla.settle(Ticket.objects.get(pk=ticket.pk), at=MONDAY + 5 * MINUTE)
    assert list(Clock.objects.order_by("pk").values()) == before


def test_clocks_made_anew_from_the_log_are_the_same(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=MONDAY + 45 * MINUTE)
    actions.reply(
        ticket, by=company.mihai, body="?", then=State.WAITING_REQUESTER, at=MONDAY + 50 * MINUTE
    )
    actions.reply(ticket, by=company.elif_, body="!", at=MONDAY + 90 * MINUTE)
    columns = ("kind", "state", "counted_seconds", "due_at", "stopped_at", "breached_at")
    before = list(Clock.objects.order_by("kind").values(*columns))
    Clock.objects.all().delete()
    sla.settle(Ticket.objects.get(pk=ticket.pk), at=MONDAY + 90 * MINUTE)
    assert list(Clock.objects.order_by("kind").values(*columns)) == before


def test_files_never_sent_are_forgotten_after_a_week(company: Company) -> None:
    file = actions.keep_file(ContentFile(b"x"), name="a.txt", type="text/plain", by=company.elif_)
    assert timekeeping.tidy(now=file.stored_at + timedelta(days=6)) == 0
    assert timekeeping.tidy(now=file.stored_at + timedelta(days=8)) == 1
    assert not file.file.storage.exists(str(file.file.name))


def test_a_worker_whose_clock_is_behind_changes_nothing(make: Make) -> None:
    ticket = make.ticket()
    due = ticket.clocks.get(kind="first_response").due_at
    assert timekeeping.sweep(now=MONDAY - 5 * MINUTE) == 0
    sla.settle(ticket, at=MONDAY - 5 * MINUTE)
    clock = ticket.clocks.get(kind="first_response")
    assert (clock.state, clock.counted_seconds, clock.due_at) == ("running", 0, due)


def test_an_answer_from_a_machine_whose_clock_is_behind_still_counts(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY - 5 * MINUTE)
    clock = ticket.clocks.get(kind="first_response")
    assert (clock.state, clock.counted_seconds) == ("met", 0)


def test_a_later_promise_does_not_undo_a_missed_one(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.change_priority(ticket, Priority.LOW, by=company.mihai, at=MONDAY + 40 * MINUTE)
    clock = ticket.clocks.get(kind="first_response")
    assert (clock.state, clock.breached_at) == ("breached", MONDAY + 30 * MINUTE)
    assert clock.budget_minutes == 480
    assert kinds(ticket).count(Kind.CLOCK_BREACHED) == 1


def test_a_promise_that_still_held_is_kept_by_a_later_one(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.change_priority(ticket, Priority.LOW, by=company.mihai, at=MONDAY + 30 * MINUTE)
    assert ticket.clocks.get(kind="first_response").breached_at is None


def test_what_is_reopened_counts_by_the_promise_that_holds_then(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    actions.resolve(ticket, by=company.mihai, at=MONDAY + 10 * MINUTE)
    shorter = replace(PROMISES, targets=(TargetRule(Priority.NORMAL, "resolution", 60),))
    timing.change_policy(company.policy, shorter, by=company.sam)
    assert ticket.clocks.get(kind="resolution").budget_minutes == 1440
    actions.reopen(ticket, by=company.elif_, at=MONDAY + 20 * MINUTE)
    assert ticket.clocks.get(kind="resolution").budget_minutes == 60
