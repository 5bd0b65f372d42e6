"""Public holidays of the years ahead come by themselves, and what was switched off stays off."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from departments import calendars, public_holidays, tasks
from departments.actions import horizon, timing
from departments.calendar_rules import CalendarRules, DayOff, HolidayChoice
from departments.models import Calendar
from departments.public_holidays import closures
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY

EPIPHANY = date(2027, 1, 6)
BAVARIA = HolidayChoice("DE", "BY", frozenset({EPIPHANY, date(2030, 1, 6)}))
PARTY = DayOff(date(2026, 7, 1), "Summer party")
NEXT_YEAR = datetime(2027, 1, 1, 9, tzinfo=UTC)


def rules(choice: HolidayChoice = BAVARIA, upto: int = 2029) -> CalendarRules:
    days = closures(choice, range(2025, upto + 1))
    return replace(OFFICE_HOURS, holidays=choice, closures=(PARTY, *days))


@pytest.fixture
def office(company: Company) -> Calendar:
    return timing.found_calendar("Munich", rules(), department=company.it, at=MONDAY)


def days(office: Calendar) -> list[date]:
    said = calendars.rules_of(Calendar.objects.get(pk=office.pk))
    return [day.on for day in said.closures if day.source == "holiday"]


def test_while_the_years_ahead_are_known_nothing_changes(office: Calendar) -> None:
    assert not horizon.extend_holidays(office, MONDAY)
    assert office.versions.count() == 1


def test_a_new_year_adds_the_third_year_after_it(office: Calendar) -> None:
    before = days(office)
    assert horizon.extend_holidays(office, NEXT_YEAR)
    assert days(office)[: len(before)] == before
    assert {on.year for on in days(office)} == {2025, 2026, 2027, 2028, 2029, 2030}
    assert not horizon.extend_holidays(office, NEXT_YEAR)
    assert office.versions.count() == 2


def test_what_was_switched_off_stays_off(office: Calendar) -> None:
    horizon.extend_holidays(office, NEXT_YEAR)
    assert EPIPHANY not in days(office)
    assert date(2030, 1, 6) not in days(office)
    assert date(2030, 5, 1) in days(office)


def test_other_days_off_and_the_choice_stay(office: Calendar) -> None:
    horizon.extend_holidays(office, NEXT_YEAR)
    said = calendars.rules_of(Calendar.objects.get(pk=office.pk))
    assert PARTY in said.closures
    assert (said.holidays, said.week) == (BAVARIA, OFFICE_HOURS.week)


def test_the_new_version_holds_from_that_day_and_says_why(office: Calendar) -> None:
    horizon.extend_holidays(office, NEXT_YEAR)
    newest = Calendar.objects.get(pk=office.pk).version
    assert (newest.valid_from, newest.made_by) == (date(2027, 1, 1), None)
    assert newest.note == "Public holidays of the years ahead"


def test_a_calendar_that_was_left_for_years_catches_up(company: Company) -> None:
    old = timing.found_calendar("Old", rules(upto=2026), at=MONDAY)
    horizon.extend_holidays(old, MONDAY)
    assert max(days(old)) == date(2029, 12, 26)


def test_hours_planned_for_later_keep_their_own_choice(office: Calendar) -> None:
    later = rules(HolidayChoice("TR"), upto=2029)
    timing.change_calendar(office, later, valid_from=date(2028, 1, 1), by=None, at=MONDAY)
    assert horizon.extend_holidays(office, NEXT_YEAR)
    planned = calendars.said_of(Calendar.objects.get(pk=office.pk))
    assert [since for since, _rules in planned[-2:]] == [date(2027, 1, 1), date(2028, 1, 1)]
    assert [said.holidays and said.holidays.country for _since, said in planned[-2:]] == [
        "DE",
        "TR",
    ]
    assert date(2030, 10, 29) in days(office)


def test_a_holiday_that_the_library_learned_is_added(
    office: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, over = date(2026, 8, 3), date(2026, 2, 2)
    known = public_holidays._days

    def learned(*args: object) -> tuple[tuple[date, str], ...]:
        return (*known(*args), (new, "One more"), (over, "Too late"))

    monkeypatch.setattr(public_holidays, "_days", learned)
    assert horizon.extend_holidays(office, MONDAY)
    assert new in days(office)
    assert over not in days(office)


def test_another_spelling_is_no_change(office: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    known = public_holidays._days
    monkeypatch.setattr(
        public_holidays,
        "_days",
        lambda *args: tuple((on, f"The {name}") for on, name in known(*args)),
    )
    assert not horizon.extend_holidays(office, MONDAY)


def test_a_country_that_nobody_knows_any_more_keeps_its_days(
    office: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_holidays, "CODES", frozenset({"TR"}))
    assert not horizon.extend_holidays(office, NEXT_YEAR)
    assert max(days(office)) == date(2029, 12, 26)


def test_the_task_visits_every_calendar_with_holidays_and_no_other(
    office: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        horizon, "extend_holidays", lambda calendar, now: seen.append(calendar.name)
    )
    tasks.extend_holidays()
    assert seen == ["Munich"]
