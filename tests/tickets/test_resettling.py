"""Running clocks follow when hours and promises change, or others are chosen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from departments.actions import choosing, publishing, timing
from departments.models import (
    Calendar,
    CalendarVersion,
    Department,
    Person,
    Priority,
    Service,
    TargetKind,
    TimesChange,
)
from departments.promise_rules import TargetRule
from tests.cast import OFFICE_HOURS, PROMISES, Company
from tests.conftest import MONDAY, Make
from tickets import actions, sla
from tickets.actions import resettling
from tickets.models import Clock, FailedChore, State, Ticket

NOW = MONDAY + timedelta(hours=1)
LATER = NOW + timedelta(minutes=5)
FIRST = TargetKind.FIRST_RESPONSE
# Ten to four: an hour later in the morning, an hour earlier in the evening.
SHORT = replace(OFFICE_HOURS, week={day: ((time(10), time(16)),) for day in range(5)})


def due(ticket: Ticket, kind: str = FIRST) -> datetime | None:
    return Clock.objects.get(ticket=ticket, kind=kind).due_at


def change(company: Company, rules: Any = SHORT, **fields: Any) -> CalendarVersion:
    said = {"valid_from": None, "by": company.sam, "at": NOW, **fields}
    return timing.change_calendar(company.calendar, rules, **said)


def test_a_running_clock_takes_up_new_hours(make: Make, company: Company) -> None:
    ticket = make.ticket(at=MONDAY - timedelta(minutes=45))  # 09:15, before the new opening.
    assert due(ticket) == datetime(2026, 3, 9, 10, 15, tzinfo=UTC)
    change(company)
    resettling.resettle(now=NOW)
    assert due(ticket) == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
    assert Ticket.objects.get(pk=ticket.pk).next_due_at == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)


def test_it_counts_by_the_new_version_from_then_on(make: Make, company: Company) -> None:
    ticket = make.ticket()
    version = change(company)
    resettling.resettle(now=NOW)
    versions = set(ticket.clocks.values_list("calendar_version", flat=True))
    assert versions == {version.pk}


def test_hours_from_tomorrow_move_nothing_that_is_due_today(make: Make, company: Company) -> None:
    ticket = make.ticket()
    before, solution = due(ticket), due(ticket, TargetKind.RESOLUTION)
    change(company, valid_from=date(2026, 3, 10))
    resettling.resettle(now=NOW)
    assert due(ticket) == before
    assert due(ticket, TargetKind.RESOLUTION) != solution


def test_a_clock_that_ended_keeps_what_it_said(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="On it.", at=NOW)
    stopped = Clock.objects.get(ticket=ticket, kind=FIRST)
    change(company, at=NOW + timedelta(minutes=1))
    resettling.resettle(now=LATER)
    kept = Clock.objects.get(pk=stopped.pk)
    assert (kept.calendar_version, kept.settled_at) == (stopped.calendar_version, NOW)


def test_a_solved_ticket_follows_when_it_is_reopened(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.resolve(ticket, by=company.mihai, at=NOW)
    change(company, at=NOW)
    assert resettling.resettle(now=LATER) == 0


def test_a_held_clock_comes_due_by_the_new_hours_when_it_runs_on(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Which one?", at=NOW)
    actions.set_state(ticket, by=company.mihai, state=State.WAITING_REQUESTER, at=NOW)
    version = change(company, at=NOW)
    resettling.resettle(now=LATER)
    held = Clock.objects.get(ticket=ticket, kind=TargetKind.RESOLUTION)
    assert (held.due_at, held.calendar_version) == (None, version)


def test_what_is_late_under_the_new_promise_is_late_at_the_instant_of_due(
    make: Make, company: Company
) -> None:
    ticket = make.ticket(at=MONDAY)
    quick = replace(PROMISES, targets=(TargetRule(Priority.NORMAL, FIRST, 30),))
    timing.change_policy(company.policy, quick, by=company.sam, at=NOW)
    resettling.resettle(now=NOW)
    clock = Clock.objects.get(ticket=ticket, kind=FIRST)
    assert clock.breached_at == MONDAY + timedelta(minutes=30)
    assert ticket.events.filter(kind="clock.breached").count() == 1


def test_a_new_kind_of_target_starts_from_the_opening(make: Make, company: Company) -> None:
    ticket = make.ticket(at=MONDAY)
    more = TargetRule(Priority.NORMAL, TargetKind.WORKAROUND, 120)
    rules = replace(PROMISES, targets=(*PROMISES.targets, more))
    timing.change_policy(company.policy, rules, by=company.sam, at=NOW)
    resettling.resettle(now=NOW)
    assert due(ticket, TargetKind.WORKAROUND) == MONDAY + timedelta(hours=2)


def test_a_target_that_was_removed_still_holds_where_it_was_promised(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    before = due(ticket, TargetKind.RESOLUTION)
    answers = tuple(target for target in PROMISES.targets if target.kind == FIRST)
    rules = replace(PROMISES, targets=answers)
    timing.change_policy(company.policy, rules, by=company.sam, at=NOW)
    resettling.resettle(now=NOW)
    assert due(ticket, TargetKind.RESOLUTION) == before
    resettling.resettle(now=LATER)
    assert not TimesChange.objects.filter(settled_at=None).exists()


# --- Another choice ---------------------------------------------------------------------------


@pytest.fixture
def nights(company: Company) -> Calendar:
    """A calendar of the house that opens at eight in the evening."""
    week = {day: ((time(20), time(4)),) for day in range(7)}
    return timing.found_calendar("Nights", replace(OFFICE_HOURS, week=week))


def test_a_desk_that_chooses_other_hours_takes_its_running_clocks_along(
    make: Make, company: Company, nights: Calendar
) -> None:
    ticket, other = make.ticket(), make.ticket(service=company.expenses)
    before = due(other)
    choosing.choose_for_desk(company.it, calendar=nights, sla_policy=None, by=company.jonas, at=NOW)
    resettling.resettle(now=NOW)
    assert due(ticket) == datetime(2026, 3, 9, 21, 0, tzinfo=UTC)
    assert due(other) == before


def test_a_service_with_hours_of_its_own_does_not_follow_its_desk(
    make: Make, company: Company, nights: Calendar
) -> None:
    Service.objects.filter(pk=company.laptop.pk).update(calendar=company.calendar)
    ticket = make.ticket()
    before = due(ticket)
    choosing.choose_for_desk(company.it, calendar=nights, sla_policy=None, by=company.jonas, at=NOW)
    resettling.resettle(now=NOW)
    assert due(ticket) == before


def test_the_house_takes_along_whoever_says_nothing_of_their_own(
    make: Make, company: Company, nights: Calendar
) -> None:
    Department.objects.filter(pk=company.finance.pk).update(calendar=company.calendar)
    ticket, other = make.ticket(), make.ticket(service=company.expenses)
    before = due(other)
    choosing.choose_for_house(calendar=nights, sla_policy=company.policy, by=company.sam, at=NOW)
    resettling.resettle(now=NOW)
    assert due(ticket) == datetime(2026, 3, 9, 21, 0, tzinfo=UTC)
    assert due(other) == before


def test_a_service_that_chooses_in_the_studio_takes_its_clocks_along(
    make: Make, company: Company, nights: Calendar
) -> None:
    ticket = make.ticket()
    publishing.edit_service(company.laptop, by=company.jonas, seen=None, calendar=nights)
    resettling.resettle(now=datetime.now(UTC))
    assert Clock.objects.get(ticket=ticket, kind=FIRST).calendar_version == nights.current


def test_words_about_a_service_move_no_clock(make: Make, company: Company) -> None:
    make.ticket()
    publishing.edit_service(company.laptop, by=company.jonas, seen=None, name="Laptops")
    assert not TimesChange.objects.exists()


def test_an_administrator_who_chooses_in_the_administration_moves_clocks_too(
    company: Company, nights: Calendar, sign_in: Callable[[Person], Client]
) -> None:
    client = sign_in(company.sam)
    page = reverse("admin:departments_installation_change", args=[1])
    fields = {
        "company": "Aldera",
        "calendar": nights.pk,
        "sla_policy": company.policy.pk,
        "triage": company.it.pk,
    }
    assert client.post(page, fields).status_code == 302
    change = TimesChange.objects.get()
    assert (change.department, change.service, change.settled_at) == (None, None, None)


# --- Many workers, and what goes wrong --------------------------------------------------------


def test_a_change_is_settled_only_by_a_second_look(make: Make, company: Company) -> None:
    make.ticket()
    version = change(company)
    resettling.resettle(now=NOW)
    version.refresh_from_db()
    assert version.settled_at is None
    resettling.resettle(now=NOW + timedelta(minutes=1))
    version.refresh_from_db()
    assert version.settled_at == NOW + timedelta(minutes=1)
    assert TimesChange.objects.get().settled_at == NOW + timedelta(minutes=1)


def test_the_second_look_finds_what_was_written_by_the_old_hours_meanwhile(
    make: Make, company: Company
) -> None:
    old = company.calendar.current
    ticket = make.ticket(at=MONDAY - timedelta(minutes=45))
    version = change(company)
    resettling.resettle(now=NOW)
    # An action that had read the old hours before the change was stored.
    ticket.clocks.update(calendar_version=old)
    resettling.resettle(now=LATER)
    assert set(ticket.clocks.values_list("calendar_version", flat=True)) == {version.pk}


def test_the_second_look_touches_only_what_is_behind(make: Make, company: Company) -> None:
    for _number in range(3):
        make.ticket()
    change(company)
    assert resettling.resettle(now=NOW) == 3
    assert resettling.resettle(now=LATER) == 0


def test_a_change_that_another_worker_holds_is_left_to_it(make: Make, company: Company) -> None:
    make.ticket()
    change(company)
    TimesChange.objects.update(claimed_at=NOW)
    assert resettling.resettle(now=NOW + timedelta(minutes=1)) == 0
    assert resettling.resettle(now=NOW + timedelta(minutes=3)) == 1


def test_whoever_continues_begins_where_the_last_one_stopped(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [make.ticket() for _number in range(4)]
    version = change(company)
    monkeypatch.setattr(resettling, "BATCH", 2)
    assert resettling.resettle(now=NOW, seconds=0) == 0
    ended = iter([0.0, 0.0, 9.0])
    monkeypatch.setattr(resettling, "monotonic", lambda: next(ended))
    assert resettling.resettle(now=NOW, seconds=5) == 2
    monkeypatch.undo()
    assert TimesChange.objects.get().upto == tickets[1].pk
    assert resettling.resettle(now=NOW) == 2
    assert set(Clock.objects.values_list("calendar_version", flat=True)) == {version.pk}


def test_a_ticket_that_fails_keeps_nobody_else_waiting(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = make.ticket(), make.ticket()
    version = change(company)
    real = sla.settle

    def settle(ticket: Ticket, *, at: datetime) -> object:
        if ticket.pk == bad.pk:
            raise RuntimeError("broken")
        return real(ticket, at=at)

    monkeypatch.setattr(sla, "settle", settle)
    resettling.resettle(now=NOW)
    assert set(good.clocks.values_list("calendar_version", flat=True)) == {version.pk}
    assert FailedChore.objects.get().ticket == bad
    monkeypatch.undo()
    resettling.resettle(now=NOW + timedelta(seconds=11))
    assert set(bad.clocks.values_list("calendar_version", flat=True)) == {version.pk}
    assert not FailedChore.objects.exists()


def test_two_versions_at_once_end_at_the_newest(make: Make, company: Company) -> None:
    ticket = make.ticket()
    change(company)
    newest = change(company, OFFICE_HOURS, at=NOW + timedelta(seconds=5), note="back again")
    resettling.resettle(now=NOW + timedelta(seconds=6))
    assert set(ticket.clocks.values_list("calendar_version", flat=True)) == {newest.pk}


def test_looking_when_nothing_changed_is_two_questions(make: Make, company: Company) -> None:
    make.ticket()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        resettling.resettle(now=NOW)
    assert len(asked) <= 2
