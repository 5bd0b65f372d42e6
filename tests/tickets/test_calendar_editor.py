"""The calendar editor through its pages: who gets in, what a preview says, what is saved."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.actions import timing
from departments.calendar_rules import CalendarRules, DayOff, HolidayChoice, SpecialHours
from departments.calendars import rules_of
from departments.models import Calendar, CalendarVersion, Person, Service, TargetKind
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import tree_of, value_of, values_of, words_of
from tickets.actions import resettling
from tickets.models import Clock, Ticket

SignIn = Callable[[Person], Client]
LIST = "/desk/times/calendars/"
NEW = f"{LIST}new/"
TODAY = date(2026, 3, 9)
LATER = {"w0_0_opens": "10:00", "w1_0_opens": "10:00"}  # Monday and Tuesday


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    """Half past ten in Istanbul."""
    with time_machine.travel(MONDAY + timedelta(minutes=30), tick=False):
        yield


@pytest.fixture
def lead(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


@pytest.fixture
def own(company: Company) -> Calendar:
    """IT's own calendar, which holds for its desk."""
    made = timing.found_calendar("IT office", OFFICE_HOURS, department=company.it, at=MONDAY)
    company.it.calendar = made
    company.it.save(update_fields=["calendar"])
    return made


def address(calendar: Calendar) -> str:
    return f"{LIST}{calendar.pk}/"


def typed(answer: Any, **changes: Any) -> dict[str, Any]:
    """What the form of this page sends when nothing but `changes` is touched."""
    form = tree_of(answer).xpath("//main//form[@id='calendar']")[0]
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    return {**sent, **changes}


def press(client: Client, calendar: Calendar, button: str, **changes: Any) -> Any:
    page = address(calendar)
    return client.post(page, typed(client.get(page), **changes) | {"do": button})


def preview(client: Client, calendar: Calendar, **changes: Any) -> Any:
    return press(client, calendar, "preview", **changes)


def save(client: Client, calendar: Calendar, **changes: Any) -> Any:
    """Look first, then save what was shown."""
    shown = preview(client, calendar, **changes)
    assert shown.status_code == 200, words_of(shown)
    return client.post(address(calendar), typed(shown) | {"do": "save"})


def day(
    number: int, on: str, until: str = "", opens: str = "", closes: str = "", name: str = ""
) -> dict[str, str]:
    """The fields of one row of days that differ."""
    said = {"on": on, "until": until, "opens": opens, "closes": closes, "name": name}
    return {f"d{number}_{part}": value for part, value in said.items()}


def now_of(calendar: Calendar) -> CalendarRules:
    return rules_of(Calendar.objects.get(pk=calendar.pk))


def due(ticket: Ticket) -> datetime | None:
    return Clock.objects.get(ticket=ticket, kind=TargetKind.FIRST_RESPONSE).due_at


# --- Who gets in ------------------------------------------------------------------------------


def test_a_lead_sees_the_desk_s_calendars_and_the_house_s(
    company: Company, lead: Client, own: Calendar
) -> None:
    timing.found_calendar("HR office", OFFICE_HOURS, department=company.hr)
    words = words_of(lead.get(LIST))
    assert "IT office" in words
    assert "Istanbul office" in words
    assert "HR office" not in words


def test_the_list_says_when_and_for_whom_each_holds(lead: Client, own: Calendar) -> None:
    words = words_of(lead.get(LIST))
    assert "Mon–Fri 09:00–17:00" in words
    assert "Holds for all of IT" in words
    assert "Holds for everything that has no other hours" in words


def test_a_service_that_the_reader_does_not_see_is_not_named(
    company: Company, lead: Client
) -> None:
    Service.objects.filter(pk=company.letter.pk).update(
        calendar=company.calendar, state=Service.State.DRAFT
    )
    words = words_of(lead.get(LIST))
    assert "Employment letter" not in words
    assert "1 service of another desk" in words


@pytest.mark.parametrize("who", ["mihai", "elif_", "misaki", "tom", "olga"])
def test_whoever_leads_nothing_finds_no_calendars(
    company: Company, sign_in: SignIn, own: Calendar, who: str
) -> None:
    client = sign_in(getattr(company, who))
    for page in (LIST, NEW, address(own), f"{address(own)}feed/", f"{address(own)}history/"):
        assert client.get(page).status_code == 404


@pytest.mark.parametrize("part", ["", "feed/", "history/"])
def test_the_lead_of_another_desk_finds_none_of_ours(
    company: Company, sign_in: SignIn, own: Calendar, part: str
) -> None:
    client = sign_in(company.andreea)
    assert client.get(f"{address(own)}{part}").status_code == 404
    assert client.post(f"{address(own)}{part}", {"do": "save"}).status_code in {404, 405}


def test_a_lead_looks_at_the_history_of_the_house_but_changes_nothing_there(
    company: Company, lead: Client
) -> None:
    assert lead.get(address(company.calendar)).status_code == 404
    assert lead.get(f"{address(company.calendar)}history/").status_code == 200


def test_an_administrator_keeps_the_house_s_and_no_desk_s(
    company: Company, sign_in: SignIn, own: Calendar
) -> None:
    client = sign_in(company.sam)
    assert client.get(address(company.calendar)).status_code == 200
    assert client.get(address(own)).status_code == 404
    assert "IT office" not in words_of(client.get(LIST))


def test_a_guest_is_asked_to_sign_in(own: Calendar) -> None:
    assert Client().get(address(own)).status_code == 302


# --- A preview ----------------------------------------------------------------------------------


def test_a_preview_says_how_many_running_clocks_it_moves_and_by_how_much(
    make: Make, lead: Client, own: Calendar
) -> None:
    make.ticket(at=MONDAY - timedelta(minutes=45))  # 09:15 in Istanbul
    words = words_of(preview(lead, own, **LATER))
    # The answer due 13:15 comes due 14:00; the solution due Thursday 09:15 comes due 11:00.
    assert "This moves 2 running clocks of 2." in words
    assert "2 come due later, by up to 1 hour 45 minutes." in words


def test_a_preview_says_what_would_be_late_at_once(make: Make, lead: Client, own: Calendar) -> None:
    make.ticket(at=MONDAY - timedelta(hours=4))  # at six
    words = words_of(preview(lead, own, start="beginning", w0_0_opens="06:00"))
    assert "1 would be late at once." in words


def test_a_preview_names_requests_that_the_reader_may_open(
    make: Make, lead: Client, own: Calendar
) -> None:
    ticket = make.ticket()
    answer = preview(lead, own, w0_0_closes="12:00")
    links = tree_of(answer).xpath("//*[@id='preview']//a/@href")
    assert ticket.get_desk_url() in links


def test_hours_that_move_nothing_say_so(lead: Client, own: Calendar) -> None:
    words = words_of(preview(lead, own, w4_0_closes="16:00"))
    assert "No clock runs by this now, so nobody’s promise moves." in words


def test_a_preview_saves_nothing(make: Make, lead: Client, own: Calendar) -> None:
    ticket = make.ticket()
    before = due(ticket)
    preview(lead, own, **LATER)
    assert (due(ticket), own.versions.count()) == (before, 1)


def test_a_preview_tells_what_changes(lead: Client, own: Calendar) -> None:
    words = words_of(preview(lead, own, **LATER))
    assert "Mon–Tue: 10:00–17:00 instead of 09:00–17:00" in words


def test_a_preview_shows_the_next_sixty_days_with_what_was_so_far(
    lead: Client, own: Calendar
) -> None:
    days = days_of(preview(lead, own, **LATER))
    assert len(days) == 60
    assert days["2026-03-09"] == "Mon 9 10:00–17:00 from here on these hours · so far 09:00–17:00"
    assert days["2026-03-11"] == "Wed 11 09:00–17:00"
    assert days["2026-03-14"] == "Sat 14 closed"


def test_the_days_know_holidays_closures_and_special_hours(lead: Client, own: Calendar) -> None:
    changes = {
        "country": "TR",
        "days": "3",
        **day(0, "2026-03-12", name="Move"),
        **day(1, "2026-03-13", opens="09:00", closes="12:00"),
        **day(2, "2026-04-23", opens="10:00", closes="11:00", name="Inventory"),
    }
    days = days_of(preview(lead, own, **changes))
    assert days["2026-03-12"] == "Thu 12 closed Move · so far 09:00–17:00"
    assert days["2026-03-13"] == "Fri 13 09:00–12:00 special hours · so far 09:00–17:00"
    assert "Eid al-Fitr" in days["2026-03-20"]
    assert days["2026-04-23"].startswith("Thu 23 10:00–11:00 Inventory")


def test_the_days_say_when_the_clocks_change(company: Company, lead: Client) -> None:
    week = {day: ((time(0), time(0)),) for day in range(7)}
    berlin = CalendarRules("Europe/Berlin", week)
    made = timing.found_calendar("Berlin", berlin, department=company.it)
    days = days_of(lead.get(address(made)))
    assert days["2026-03-29"] == "Sun 29 00:00–24:00 the clocks go forward"


def test_a_night_stands_on_both_of_its_days(lead: Client, own: Calendar) -> None:
    days = days_of(preview(lead, own, w0_0_opens="22:00", w0_0_closes="06:00"))
    assert days["2026-03-16"].startswith("Mon 16 22:00–24:00")
    assert days["2026-03-17"].startswith("Tue 17 00:00–06:00, 09:00–17:00")


def test_nothing_changed_is_said_and_cannot_be_saved(lead: Client, own: Calendar) -> None:
    answer = preview(lead, own)
    assert "Nothing differs from what is stored" in words_of(answer)
    assert not tree_of(answer).xpath("//button[@value='save']")
    lead.post(address(own), typed(answer) | {"do": "save"})
    assert own.versions.count() == 1


def test_whoever_changes_something_after_the_preview_looks_again(
    lead: Client, own: Calendar
) -> None:
    shown = preview(lead, own, **LATER)
    answer = lead.post(address(own), typed(shown, w2_0_opens="11:00") | {"do": "save"})
    assert answer.status_code == 200
    assert "Wed: 11:00–17:00 instead of 09:00–17:00" in words_of(answer)
    assert own.versions.count() == 1


def test_saving_without_a_preview_shows_it_first(lead: Client, own: Calendar) -> None:
    assert press(lead, own, "save", **LATER).status_code == 200
    assert own.versions.count() == 1


# --- Saving -------------------------------------------------------------------------------------


def test_saving_makes_a_second_version_from_today(
    company: Company, lead: Client, own: Calendar
) -> None:
    answer = save(lead, own, note="Summer", **LATER)
    assert (answer.status_code, answer["Location"]) == (302, address(own))
    made = CalendarVersion.objects.get(calendar=own, number=2)
    assert (made.valid_from, made.made_by, made.note) == (TODAY, company.jonas, "Summer")
    assert now_of(own).week[0] == ((time(10), time(17)),)
    assert Calendar.objects.get(pk=own.pk).current == made


def test_running_clocks_follow_after_saving(make: Make, lead: Client, own: Calendar) -> None:
    ticket = make.ticket(at=MONDAY - timedelta(minutes=45))
    assert due(ticket) == datetime(2026, 3, 9, 10, 15, tzinfo=UTC)
    save(lead, own, **LATER)
    resettling.resettle(now=MONDAY + timedelta(minutes=31))
    assert due(ticket) == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)


def test_days_that_are_over_stay_as_they_were(make: Make, lead: Client, own: Calendar) -> None:
    ticket = make.ticket(at=MONDAY - timedelta(days=3))  # Friday at ten, answered until 14:00
    before = due(ticket)
    save(lead, own, w4_0_opens="12:00")
    resettling.resettle(now=MONDAY + timedelta(minutes=31))
    assert due(ticket) == before


def test_from_the_beginning_counts_days_that_are_over_too(
    make: Make, lead: Client, own: Calendar
) -> None:
    ticket = make.ticket(at=MONDAY - timedelta(days=3))
    save(lead, own, start="beginning", w4_0_opens="16:00")
    resettling.resettle(now=MONDAY + timedelta(minutes=31))
    # An hour on Friday, three on Monday.
    assert due(ticket) == datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    assert CalendarVersion.objects.get(calendar=own, number=2).valid_from is None


def test_hours_planned_for_later_hold_from_then_on(lead: Client, own: Calendar) -> None:
    save(lead, own, valid_from="2026-03-16", **LATER)
    answer = lead.get(address(own))
    assert "These hours begin on Mon 16 Mar." in words_of(answer)
    days = days_of(answer)
    assert days["2026-03-10"] == "Tue 10 09:00–17:00"
    assert days["2026-03-16"] == "Mon 16 10:00–17:00 from here on these hours"


def test_somebody_else_was_faster(company: Company, lead: Client, own: Calendar) -> None:
    shown = preview(lead, own, note="Mine", **LATER)
    other = replace(OFFICE_HOURS, zone="Europe/Berlin")
    timing.change_calendar(own, other, valid_from=None, by=company.jonas)
    answer = lead.post(address(own), typed(shown) | {"do": "save"})
    assert answer.status_code == 422
    words = words_of(answer)
    assert "Somebody changed this while you were writing" in words
    assert "Time zone Europe/Istanbul instead of Europe/Berlin" in words
    assert value_of(answer, "w0_0_opens") == "10:00"
    assert value_of(answer, "note") == "Mine"
    assert own.versions.count() == 2


def test_after_comparing_their_words_are_saved(
    company: Company, lead: Client, own: Calendar
) -> None:
    shown = preview(lead, own, **LATER)
    timing.change_calendar(own, replace(OFFICE_HOURS, zone="UTC"), valid_from=None, by=None)
    refused = lead.post(address(own), typed(shown) | {"do": "save"})
    again = lead.post(address(own), typed(refused) | {"do": "preview"})
    lead.post(address(own), typed(again) | {"do": "save"})
    assert own.versions.count() == 3
    assert now_of(own).zone == "Europe/Istanbul"


def test_what_the_form_does_not_show_is_kept(company: Company, lead: Client) -> None:
    rules = replace(
        OFFICE_HOURS,
        closures=(
            DayOff(date(2025, 5, 1), "Long ago"),
            DayOff(date(2026, 3, 2), "Last week"),
            DayOff(date(2026, 6, 1), "From the feed", "feed"),
        ),
        special=(SpecialHours(date(2025, 5, 2), time(9), time(10), "Old"),),
    )
    made = timing.found_calendar("Kept", rules, department=company.it)
    answer = lead.get(address(made))
    assert "2 days that are long over are kept" in words_of(answer)
    assert values_of(answer, "d0_name") == ["Last week"]
    save(lead, made, **LATER)
    assert now_of(made).closures == rules.closures
    assert now_of(made).special == rules.special


def test_a_stretch_of_days_is_one_row_and_stays_one(lead: Client, own: Calendar) -> None:
    save(lead, own, days="1", **day(0, "2026-12-24", "2026-12-27", name="Between the years"))
    assert [off.on.day for off in now_of(own).closures] == [24, 25, 26, 27]
    answer = lead.get(address(own))
    assert value_of(answer, "days") == "1"
    assert value_of(answer, "d0_until") == "2026-12-27"


# --- Buttons without script ---------------------------------------------------------------------


def test_a_button_adds_a_pair_of_times_and_keeps_what_was_typed(
    lead: Client, own: Calendar
) -> None:
    answer = press(lead, own, "add 0", w0_0_closes="12:30", w3_0_opens="nonsense")
    assert answer.status_code == 200
    assert value_of(answer, "w0") == "2"
    assert value_of(answer, "w0_0_closes") == "12:30"
    assert value_of(answer, "w0_1_opens") == ""
    assert value_of(answer, "w3_0_opens") == "nonsense"
    assert own.versions.count() == 1


def test_a_closed_day_gets_its_first_hours(lead: Client, own: Calendar) -> None:
    shown = press(lead, own, "add 5")
    sent = typed(shown, w5_0_opens="10:00", w5_0_closes="14:00")
    shown = lead.post(address(own), sent | {"do": "preview"})
    lead.post(address(own), typed(shown) | {"do": "save"})
    assert now_of(own).week[5] == ((time(10), time(14)),)


def test_a_button_takes_a_pair_of_times_out(lead: Client, own: Calendar) -> None:
    answer = press(lead, own, "drop 4 0")
    assert value_of(answer, "w4") == "0"
    shown = lead.post(address(own), typed(answer) | {"do": "preview"})
    assert "Fri: closed instead of 09:00–17:00" in words_of(shown)


def test_a_button_gives_the_working_days_monday_s_hours(lead: Client, own: Calendar) -> None:
    answer = press(lead, own, "copy", w0_0_opens="08:00", w4_0_closes="15:00")
    assert [value_of(answer, f"w{n}_0_opens") for n in range(5)] == ["08:00"] * 5
    assert value_of(answer, "w4_0_closes") == "17:00"
    assert value_of(answer, "w5") == "0"


def test_a_day_has_an_end(lead: Client, own: Calendar) -> None:
    answer = press(lead, own, "add 0", w0="6")
    assert value_of(answer, "w0") == "6"
    assert not tree_of(answer).xpath("//button[@value='add 0']")


def test_buttons_add_and_take_out_days(lead: Client, own: Calendar) -> None:
    one = press(lead, own, "day")
    two = lead.post(address(own), typed(one, **day(0, "2026-05-04")) | {"do": "day"})
    assert value_of(two, "days") == "2"
    left = lead.post(address(own), typed(two, **day(1, "2026-05-05")) | {"do": "remove 0"})
    assert value_of(left, "days") == "1"
    assert value_of(left, "d0_on") == "2026-05-05"


@pytest.mark.parametrize("button", ["add 9", "add", "drop 0", "drop 0 99", "remove 77", "xyz", ""])
def test_a_button_that_nobody_has_changes_nothing(lead: Client, own: Calendar, button: str) -> None:
    answer = press(lead, own, button)
    assert answer.status_code == 200
    assert value_of(answer, "w0_0_opens") == "09:00"


# --- Public holidays ----------------------------------------------------------------------------


def test_a_button_shows_the_holidays_of_a_country(lead: Client, own: Calendar) -> None:
    answer = press(lead, own, "holidays", country="DE")
    assert "German Unity Day" in words_of(answer)
    assert "Bayern" in words_of(answer)
    kept = tree_of(answer).xpath("//input[@name='holidays'][@checked]/@value")
    assert "2026-10-03" in kept


def test_holidays_are_saved_as_days_off_of_the_years_ahead(lead: Client, own: Calendar) -> None:
    save(lead, own, country="DE", region="BY")
    rules = now_of(own)
    assert rules.holidays == HolidayChoice("DE", "BY")
    assert {off.source for off in rules.closures} == {"holiday"}
    assert date(2027, 1, 6) in {off.on for off in rules.closures}  # Only some regions have it.


def test_a_holiday_can_be_switched_off(lead: Client, own: Calendar) -> None:
    shown = press(lead, own, "holidays", country="DE")
    kept = [on for on in typed(shown)["holidays"] if on != "2026-05-01"]
    sent = typed(shown, holidays=kept)
    shown = lead.post(address(own), sent | {"do": "preview"})
    lead.post(address(own), typed(shown) | {"do": "save"})
    rules = now_of(own)
    assert rules.holidays is not None
    assert rules.holidays.off == {date(2026, 5, 1)}
    assert date(2026, 5, 1) not in {off.on for off in rules.closures}


def test_what_was_switched_off_stays_so_in_the_form(company: Company, lead: Client) -> None:
    off = frozenset({date(2026, 5, 1), date(2029, 5, 1)})
    rules = replace(OFFICE_HOURS, holidays=HolidayChoice("DE", "", off))
    made = timing.found_calendar("Berlin", rules, department=company.it)
    answer = lead.get(address(made))
    ticks = tree_of(answer).xpath("//input[@name='holidays'][@checked]/@value")
    assert "2026-05-01" not in ticks
    assert "2026-12-25" in ticks
    save(lead, made, **LATER)
    chosen = now_of(made).holidays
    assert chosen is not None
    assert chosen.off == off


def test_another_country_begins_with_all_its_days(company: Company, lead: Client) -> None:
    rules = replace(OFFICE_HOURS, holidays=HolidayChoice("DE", "", frozenset({date(2026, 5, 1)})))
    made = timing.found_calendar("Moving", rules, department=company.it)
    save(lead, made, country="RO", region="")
    chosen = now_of(made).holidays
    assert chosen == HolidayChoice("RO")
    assert date(2026, 5, 1) in {off.on for off in now_of(made).closures}


def test_no_holidays_any_more(company: Company, lead: Client, own: Calendar) -> None:
    save(lead, own, country="DE")
    shown = preview(lead, own, country="", region="")
    assert "No public holidays any more" in words_of(shown)
    lead.post(address(own), typed(shown) | {"do": "save"})
    assert (now_of(own).holidays, now_of(own).closures) == (None, ())


# --- What makes no sense ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"w0_0_opens": "25:00"}, "Write a time like 09:30."),
        ({"w0_0_opens": "9 o'clock"}, "Write a time like 09:30."),
        ({"w0_0_closes": ""}, "Give both times, or leave both empty."),
        ({"w0_0_closes": "09:00"}, "Both times are the same. For the whole day write 00:00"),
        ({"zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"zone": ""}, "Choose a time zone from the list."),
        ({"country": "XX"}, "Choose from the list."),
        ({"country": "DE", "region": "TX"}, "Choose from the list."),
        ({"start": ""}, "Say from when these times hold."),
        ({"valid_from": ""}, "Say from which day on."),
        ({"valid_from": "2026-02-30"}, "This is no date. Choose one from the calendar."),
        ({"valid_from": "1999-01-01"}, "Choose a day within the last year or the next two."),
        ({"valid_from": "9999-12-31"}, "Choose a day within the last year or the next two."),
        ({"note": "x" * 201}, "200"),
    ],
)
def test_what_makes_no_sense_is_said_beside_it(
    lead: Client, own: Calendar, changes: dict[str, str], words: str
) -> None:
    answer = preview(lead, own, **changes)
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert own.versions.count() == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (day(0, "", name="Party"), "Say which day, or take this row out."),
        (day(0, "2026-13-01"), "This is no date."),
        (day(0, "2026-04-02", "2026-04-01"), "This is before the first day."),
        (day(0, "2026-04-02", "2028-04-01"), "That is more than a year."),
        (day(0, "2026-04-02", opens="09:00"), "Give both times, or leave both empty: then"),
        (day(0, "2026-04-02", opens="09:00", closes="09:00"), "Both times are the same."),
        (day(0, "2026-04-02", opens="25:00", closes="26:00"), "Write a time like 09:30."),
        (day(0, "2026-04-02", name="y" * 81), "80"),
    ],
)
def test_a_day_that_makes_no_sense_is_said_and_kept(
    lead: Client, own: Calendar, row: dict[str, str], words: str
) -> None:
    answer = preview(lead, own, days="1", **row)
    assert answer.status_code == 422
    assert words in words_of(answer)
    for name, value in row.items():
        assert value_of(answer, name) == value


def test_hours_of_a_day_that_overlap_are_refused(lead: Client, own: Calendar) -> None:
    hours = {"w0": "2", "w0_0_closes": "13:00", "w0_1_opens": "12:00", "w0_1_closes": "17:00"}
    answer = preview(lead, own, **hours)
    assert answer.status_code == 422
    assert "09:00–13:00 and 12:00–17:00 overlap. Change one of them." in words_of(answer)


def test_hours_that_touch_are_fine(lead: Client, own: Calendar) -> None:
    hours = {"w0": "2", "w0_0_closes": "13:00", "w0_1_opens": "13:00", "w0_1_closes": "17:00"}
    assert preview(lead, own, **hours).status_code == 200


def test_a_day_that_is_both_closed_and_open_is_refused(lead: Client, own: Calendar) -> None:
    rows = day(0, "2026-04-01", "2026-04-30") | day(1, "2026-04-02", opens="09:00", closes="10:00")
    answer = preview(lead, own, days="2", **rows)
    assert answer.status_code == 422
    assert "2026-04-02 is both closed and open." in words_of(answer)


def test_two_hundred_rows_are_too_many_and_none_is_lost(lead: Client, own: Calendar) -> None:
    rows: dict[str, str] = {}
    for number in range(200):
        on = TODAY + timedelta(days=number)
        rows |= {f"d{number}_on": on.isoformat(), f"d{number}_name": f"Day {number}"}
    answer = preview(lead, own, days="200", **rows)
    assert answer.status_code == 422
    assert "200 rows of days are too many. Keep 100, or use a calendar feed." in words_of(answer)
    assert value_of(answer, "d199_name") == "Day 199"


def test_a_week_without_hours_is_refused(lead: Client, own: Calendar) -> None:
    empty = {f"w{n}_0_{part}": "" for n in range(5) for part in ("opens", "closes")}
    answer = preview(lead, own, **empty)
    assert answer.status_code == 422
    assert "Give at least one interval in which somebody is there." in words_of(answer)


def test_closing_everything_is_refused(lead: Client, own: Calendar) -> None:
    rows = day(0, "2026-03-01", "2027-03-01") | day(1, "2027-03-02", "2028-01-01")
    answer = preview(lead, own, days="2", **rows)
    assert answer.status_code == 422
    assert "nobody is there for a whole year" in words_of(answer)


@pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999"])
def test_who_saw_nothing_saw_an_old_version(lead: Client, own: Calendar, seen: str) -> None:
    shown = preview(lead, own, seen=seen, **LATER)
    answer = lead.post(address(own), typed(shown) | {"do": "save"})
    assert answer.status_code == 422
    assert own.versions.count() == 1


@pytest.mark.parametrize("name", ["days", "w0", "holidays_shown", "previewed"])
@pytest.mark.parametrize("value", ["9" * 30, "-5", "\0", "DE/ 2026-99-99 x", "½"])
def test_hidden_fields_with_nonsense_break_nothing(
    lead: Client, own: Calendar, name: str, value: str
) -> None:
    assert preview(lead, own, **{name: value}).status_code in {200, 422}


# --- A new one ----------------------------------------------------------------------------------


def test_a_lead_makes_a_calendar_for_the_desk(company: Company, lead: Client) -> None:
    page = f"{NEW}?desk=it"
    sent = typed(lead.get(page), name="Night shift", zone="Europe/Bucharest")
    answer = lead.post(page, sent | {"do": "save"})
    made = Calendar.objects.get(name="Night shift")
    assert (answer.status_code, answer["Location"]) == (302, address(made))
    assert (made.department, rules_of(made).zone) == (company.it, "Europe/Bucharest")


def test_a_new_calendar_begins_with_office_hours_in_the_lead_s_zone(lead: Client) -> None:
    answer = lead.get(f"{NEW}?desk=it")
    assert value_of(answer, "zone") == "Europe/Berlin"
    assert value_of(answer, "w0_0_opens") == "09:00"


def test_a_copy_begins_with_what_the_other_says(company: Company, lead: Client) -> None:
    answer = lead.get(f"{NEW}?desk=it&copy={company.calendar.pk}")
    assert "A copy of “Istanbul office”." in words_of(answer)
    assert value_of(answer, "zone") == "Europe/Istanbul"


def test_nobody_copies_what_they_may_not_see(company: Company, lead: Client) -> None:
    hidden = timing.found_calendar("HR", OFFICE_HOURS, department=company.hr)
    assert lead.get(f"{NEW}?desk=it&copy={hidden.pk}").status_code == 404
    assert lead.get(f"{NEW}?desk=it&copy=x").status_code == 404


@pytest.mark.parametrize("asked", ["", "?desk=hr", "?desk=nowhere"])
def test_a_lead_makes_none_for_others(lead: Client, asked: str) -> None:
    assert lead.get(f"{NEW}{asked}").status_code == 404


def test_an_administrator_makes_one_for_the_house(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.sam)
    client.post(NEW, typed(client.get(NEW), name="House 2") | {"do": "save"})
    assert Calendar.objects.get(name="House 2").department is None


def test_a_name_that_is_taken_is_refused(lead: Client) -> None:
    page = f"{NEW}?desk=it"
    answer = lead.post(page, typed(lead.get(page), name="istanbul OFFICE") | {"do": "save"})
    assert answer.status_code == 422
    assert "There is a calendar with this name already." in words_of(answer)


def test_a_new_calendar_can_be_looked_at_first(lead: Client) -> None:
    page = f"{NEW}?desk=it"
    answer = lead.post(page, typed(lead.get(page), name="Try") | {"do": "preview"})
    assert (answer.status_code, len(days_of(answer))) == (200, 60)
    assert not Calendar.objects.filter(name="Try").exists()


# --- The history --------------------------------------------------------------------------------


def test_the_history_says_who_when_from_when_why_and_what(lead: Client, own: Calendar) -> None:
    save(lead, own, note="Summer", valid_from="2026-03-16", **LATER)
    words = words_of(lead.get(f"{address(own)}history/"))
    assert "Version 2 from Mon 16 Mar 2026" in words
    assert "today 08:30 , Jonas Bauer" in words
    assert "“Summer”" in words
    assert "Mon–Tue: 10:00–17:00 instead of 09:00–17:00" in words
    assert "running clocks are following" in words


def test_the_history_has_pages(company: Company, lead: Client, own: Calendar) -> None:
    for hour in range(1, 24):
        rules = replace(OFFICE_HOURS, week={0: ((time(0), time(hour)),)})
        timing.change_calendar(own, rules, valid_from=None, by=company.jonas)
    first = words_of(lead.get(f"{address(own)}history/"))
    assert "Version 24" in first
    assert "Version 4 " not in first
    rest = words_of(lead.get(f"{address(own)}history/?upto=4"))
    assert "Version 4 " in rest
    assert "The first version." in rest


@pytest.mark.parametrize("upto", ["x", "-1", "9" * 40, "٣", ""])
def test_a_page_that_is_no_number_is_the_first(lead: Client, own: Calendar, upto: str) -> None:
    assert "Version 1" in words_of(lead.get(f"{address(own)}history/", {"upto": upto}))


# --- How much it costs --------------------------------------------------------------------------


def asked(client: Client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def test_the_list_costs_the_same_for_one_calendar_and_for_ten(
    company: Company, lead: Client, own: Calendar
) -> None:
    before = asked(lead, LIST)
    for number in range(9):
        timing.found_calendar(f"More {number}", OFFICE_HOURS, department=company.it)
    assert asked(lead, LIST) == before


def test_the_editor_costs_the_same_for_any_number_of_days(
    company: Company, lead: Client, own: Calendar
) -> None:
    before = asked(lead, address(own))
    days = tuple(DayOff(TODAY + timedelta(days=n), f"Day {n}") for n in range(60))
    busy = replace(OFFICE_HOURS, closures=days, holidays=HolidayChoice("DE", "BY"))
    made = timing.found_calendar("Busy", busy, department=company.it)
    assert asked(lead, address(made)) == before


def test_the_history_costs_the_same_for_any_number_of_versions(
    company: Company, lead: Client, own: Calendar
) -> None:
    before = asked(lead, f"{address(own)}history/")
    for hour in range(1, 9):
        rules = replace(OFFICE_HOURS, week={0: ((time(0), time(hour)),)})
        timing.change_calendar(own, rules, valid_from=None, by=company.jonas)
    assert asked(lead, f"{address(own)}history/") == before


def test_a_preview_costs_the_same_for_one_request_and_for_eight(
    make: Make, lead: Client, own: Calendar
) -> None:
    def previewed() -> int:
        sent = typed(lead.get(address(own)), **LATER) | {"do": "preview"}
        lead.post(address(own), sent)
        with CaptureQueriesContext(connection) as queries:
            assert lead.post(address(own), sent).status_code == 200
        return len(queries)

    make.ticket(at=MONDAY - timedelta(minutes=45))
    before = previewed()
    for _number in range(7):
        make.ticket(at=MONDAY - timedelta(minutes=45))
    assert previewed() == before


def days_of(answer: Any) -> dict[str, str]:
    """The lines of the days ahead, by date."""
    lines = tree_of(answer).xpath("//li[contains(@class, 'ahead')]")
    found = {}
    for line in lines:
        for drawing in line.xpath(".//svg"):
            drawing.drop_tree()
        found[line.xpath("./time/@datetime")[0]] = " ".join(" ".join(line.itertext()).split())
    return {on: words.replace(" ,", ",") for on, words in found.items()}
