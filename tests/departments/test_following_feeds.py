"""A calendar follows a feed: what it takes, what it keeps when the other side fails."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from departments import calendars, feeds, tasks
from departments.actions import feeds as following
from departments.actions import timing
from departments.calendar_rules import DayOff
from departments.models import Calendar
from helpdesk.lib.errors import Refused
from helpdesk.lib.outbound_http import Fetched, OutboundRefused, fetch
from helpdesk.lib.outbound_places import Allowed
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY
from tests.departments.ics import calendar as ics
from tests.departments.ics import days_off, event, whole_day
from tests.lib.web_server import Play, WebServer, says

TODAY = date(2026, 3, 9)
NEXT_DAY = MONDAY + timedelta(days=1)


@pytest.fixture
def elsewhere(settings: Settings) -> Iterator[WebServer]:
    """Somebody's web server, which has no calendar yet."""
    there = WebServer(says(status="404 Not Found"))
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", f":{there.port}"])
    yield there
    there.close()


@pytest.fixture
def office(company: Company, elsewhere: WebServer) -> Calendar:
    """The calendar of IT, which follows what is elsewhere and has not been there yet."""
    office = timing.found_calendar("IT hours", OFFICE_HOURS, department=company.it, at=MONDAY)
    return following.follow_feed(office, url=address(elsewhere), by=company.jonas, at=MONDAY)


def address(there: WebServer) -> str:
    return f"{there.url}/days.ics"


def refresh(office: Calendar, now: datetime = MONDAY) -> Calendar:
    following.refresh_feed(Calendar.objects.get(pk=office.pk), now)
    return Calendar.objects.get(pk=office.pk)


def from_feed(office: Calendar) -> list[str]:
    closures = calendars.rules_of(office).closures
    return [day.on.isoformat() for day in closures if day.source == feeds.SOURCE]


def versions(office: Calendar) -> int:
    return office.versions.count()


# --- What a visit brings ----------------------------------------------------------------------


def test_the_days_of_a_feed_close_the_desk_from_today_on(
    office: Calendar, elsewhere: WebServer
) -> None:
    elsewhere.play = says(days_off("20260501"), 'ETag: "1"')
    office = refresh(office)
    assert office.version.valid_from == TODAY
    assert calendars.rules_of(office).closures == (DayOff(date(2026, 5, 1), "Day 0", "feed"),)
    assert (office.feed_error, office.feed_etag, office.feed_fetched_at) == ("", '"1"', MONDAY)


def test_the_hours_of_the_desk_follow(office: Calendar, elsewhere: WebServer) -> None:
    """Friday 15:00 and three hours of work: Monday is a day off, so it is Tuesday 10:00."""
    elsewhere.play = says(days_off("20260316"))
    office = refresh(office)
    friday = datetime.fromisoformat("2026-03-13T15:00:00+03:00")
    due = calendars.hours_of(office).add(friday, timedelta(hours=3))
    assert due == datetime.fromisoformat("2026-03-17T10:00:00+03:00")


def test_a_feed_that_says_the_same_makes_no_new_version(
    office: Calendar, elsewhere: WebServer
) -> None:
    elsewhere.play = says(days_off("20260501"))
    once = versions(refresh(office))
    elsewhere.play = says(days_off("20260501").replace(b"DTSTAMP:2026", b"DTSTAMP:2027"))
    assert versions(refresh(office, NEXT_DAY)) == once == 2


def test_only_changes_are_asked_for(office: Calendar, elsewhere: WebServer) -> None:
    elsewhere.play = says(days_off("20260501"), 'ETag: "1"')
    refresh(office)
    elsewhere.play = says(status="304 Not Modified")
    office = refresh(office, NEXT_DAY)
    assert 'If-None-Match: "1"\r\n' in elsewhere.heads[-1]
    assert (office.feed_error, office.feed_etag, from_feed(office)) == ("", '"1"', ["2026-05-01"])


def test_a_day_that_left_the_feed_opens_again(office: Calendar, elsewhere: WebServer) -> None:
    elsewhere.play = says(days_off("20260501", "20260502"))
    refresh(office)
    elsewhere.play = says(days_off("20260502"))
    assert from_feed(refresh(office, NEXT_DAY)) == ["2026-05-02"]


def test_days_that_are_over_stay_as_they_were(office: Calendar, elsewhere: WebServer) -> None:
    elsewhere.play = says(days_off("20260310", "20260501"))
    refresh(office)
    elsewhere.play = says(days_off("20260309", "20260501"))
    office = refresh(office, MONDAY + timedelta(days=2))
    assert from_feed(office) == ["2026-03-10", "2026-05-01"]
    assert versions(office) == 2


def test_days_of_other_sources_are_left_alone(office: Calendar, elsewhere: WebServer) -> None:
    own = DayOff(date(2026, 5, 1), "Our party", "own")
    timing.change_calendar(
        office, replace(OFFICE_HOURS, closures=(own,)), valid_from=None, by=None, at=MONDAY
    )
    elsewhere.play = says(days_off("20260501"))
    assert own in calendars.rules_of(refresh(office)).closures
    elsewhere.play = says(ics())
    assert calendars.rules_of(refresh(office, NEXT_DAY)).closures == (own,)


def test_hours_planned_for_later_stay_planned_and_know_the_days_too(
    office: Calendar, elsewhere: WebServer
) -> None:
    summer = replace(OFFICE_HOURS, week={0: OFFICE_HOURS.week[0]})
    timing.change_calendar(office, summer, valid_from=date(2026, 7, 1), by=None, at=MONDAY)
    elsewhere.play = says(days_off("20260501", "20260803"))
    office = refresh(office)
    hours = calendars.hours_of(office)
    held = {since: rules.week for since, rules in calendars.said_of(office)[-2:]}
    assert held == {TODAY: OFFICE_HOURS.week, date(2026, 7, 1): summer.week}
    for noon, is_open in (("2026-05-04", True), ("2026-05-01", False), ("2026-08-03", False)):
        assert hours.is_open(datetime.fromisoformat(f"{noon}T12:00:00+03:00")) is is_open
    assert versions(refresh(office, NEXT_DAY)) == versions(office)


def test_the_first_day_of_a_year_brings_the_repetitions_of_a_further_year(
    office: Calendar, elsewhere: WebServer
) -> None:
    elsewhere.play = says(ics(whole_day("20200501", "May", "RRULE:FREQ=YEARLY")), 'ETag: "1"')
    assert from_feed(refresh(office))[-1] == "2029-05-01"
    elsewhere.play = says(status="304 Not Modified")
    office = refresh(office, MONDAY + timedelta(days=365))
    assert from_feed(office)[-1] == "2030-05-01"


# --- When it fails ----------------------------------------------------------------------------

BROKEN = {
    "gone": says(status="404 Not Found"),
    "oops": says(status="500 Oops"),
    "login": says(b"<!doctype html><form>"),
    "cut": says(days_off("20260601")[:-30]),
    "nonsense": says(ics(event("DTSTART:never"))),
    "closes all": says(ics(whole_day("20260401", "Leave", "DTEND;VALUE=DATE:20270301"))),
    "huge": says(b"BEGIN:VCALENDAR" + b" " * 1_000_001),
    "silent": lambda _line, _head: None,
    "elsewhere": says(b"", "Location: http://169.254.169.254/", status="302 Found"),
}


@pytest.mark.parametrize("play", BROKEN.values(), ids=BROKEN)
def test_the_last_good_copy_is_kept_and_the_failure_told(
    office: Calendar, elsewhere: WebServer, play: Play
) -> None:
    elsewhere.play = says(days_off("20260501"), 'ETag: "1"')
    good = refresh(office)
    elsewhere.play = play
    office = refresh(office, NEXT_DAY)
    assert (office.feed_copy, office.feed_etag) == (good.feed_copy, good.feed_etag)
    assert (versions(office), from_feed(office)) == (2, ["2026-05-01"])
    assert office.feed_error.endswith(".")
    assert office.feed_fetched_at == NEXT_DAY


def test_a_first_visit_that_fails_leaves_the_calendar_as_it_was(office: Calendar) -> None:
    office = refresh(office)
    assert "no calendar (status 404)" in office.feed_error
    assert (office.feed_copy, versions(office)) == ("", 1)


def test_a_feed_that_recovers_is_no_failure_any_more(
    office: Calendar, elsewhere: WebServer
) -> None:
    refresh(office)
    elsewhere.play = says(days_off("20260501"))
    assert refresh(office, NEXT_DAY).feed_error == ""


def test_an_answer_that_nothing_changed_without_a_copy_is_a_failure(
    office: Calendar, elsewhere: WebServer
) -> None:
    elsewhere.play = says(status="304 Not Modified")
    assert "status 304" in refresh(office).feed_error


def test_the_years_go_on_while_the_other_side_is_away(
    office: Calendar, elsewhere: WebServer
) -> None:
    elsewhere.play = says(ics(whole_day("20200501", "May", "RRULE:FREQ=YEARLY")))
    refresh(office)
    elsewhere.play = says(status="500 Oops")
    office = refresh(office, MONDAY + timedelta(days=365))
    assert from_feed(office)[-1] == "2030-05-01"
    assert office.feed_error


def test_names_survive_the_copy(office: Calendar, elsewhere: WebServer) -> None:
    folded = ics(whole_day("20260501", "Gün")).replace(b"\xc3\xbc", b"\xc3\r\n \xbc")
    elsewhere.play = says(folded.replace(b"20260501", b"2026\0" + b"0501"))
    office = refresh(office)
    elsewhere.play = says(status="500 Oops")
    office = refresh(office, MONDAY + timedelta(days=365))
    assert calendars.rules_of(office).closures[0].name == "Gün"


def test_an_address_inside_the_company_is_not_visited(
    office: Calendar, elsewhere: WebServer, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOW = Allowed.of([f":{elsewhere.port}"])
    assert "inside a private network" in refresh(office).feed_error
    assert not elsewhere.heads


# --- Who goes, and when -----------------------------------------------------------------------


def test_of_two_workers_one_goes(office: Calendar, elsewhere: WebServer) -> None:
    elsewhere.play = says(days_off("20260501"))
    mine, theirs = (Calendar.objects.get(pk=office.pk) for _worker in range(2))
    assert following.refresh_feed(mine, MONDAY)
    assert not following.refresh_feed(theirs, MONDAY)
    assert len(elsewhere.heads) == 1


def test_a_feed_is_due_at_once_then_once_a_day_and_sooner_after_a_failure(
    office: Calendar, elsewhere: WebServer
) -> None:
    assert following.due_feeds(MONDAY) == [office.pk]
    refresh(office)  # It fails.
    assert following.due_feeds(MONDAY + timedelta(hours=2, minutes=59)) == []
    assert following.due_feeds(MONDAY + timedelta(hours=3)) == [office.pk]
    elsewhere.play = says(days_off("20260501"))
    refresh(office, MONDAY + timedelta(hours=3))
    assert following.due_feeds(MONDAY + timedelta(hours=26)) == []
    assert following.due_feeds(MONDAY + timedelta(hours=27)) == [office.pk]


def test_a_calendar_without_a_feed_is_never_due(company: Company) -> None:
    plain = timing.found_calendar("Plain", OFFICE_HOURS, at=MONDAY)
    assert following.due_feeds(MONDAY + timedelta(days=9)) == []
    assert not following.refresh_feed(plain, MONDAY)


def test_the_sweep_nudges_one_visit_for_each_feed_that_is_due(
    office: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[Any] = []
    monkeypatch.setattr(following, "later", lambda *call: nudged.append(call))
    tasks.refresh_feeds()
    assert nudged == [("departments.refresh_feed", office.pk)]


def test_the_task_visits(office: Calendar, elsewhere: WebServer) -> None:
    elsewhere.play = says(days_off("20991231"))
    tasks.refresh_feed(office.pk)
    tasks.refresh_feed(office.pk + 1000)
    assert len(elsewhere.heads) == 1
    assert "20991231" in Calendar.objects.get(pk=office.pk).feed_copy


@pytest.mark.parametrize("feeds_due", [1, 9])
def test_finding_what_is_due_costs_one_query(
    feeds_due: int, company: Company, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for n in range(feeds_due):
        kept = timing.found_calendar(f"Calendar {n}", OFFICE_HOURS, at=MONDAY)
        Calendar.objects.filter(pk=kept.pk).update(feed_url="https://days.example/")
    with django_assert_num_queries(1):
        assert len(following.due_feeds(MONDAY)) == feeds_due


# --- Choosing a feed --------------------------------------------------------------------------


def test_an_address_of_a_calendar_program_is_understood(office: Calendar, company: Company) -> None:
    office = following.follow_feed(
        office, url=" webcal://days.example/de.ics ", by=company.jonas, at=MONDAY
    )
    assert office.feed_url == "https://days.example/de.ics"


def test_another_feed_begins_anew(office: Calendar, elsewhere: WebServer, company: Company) -> None:
    elsewhere.play = says(days_off("20260501"), 'ETag: "1"')
    refresh(office)
    other = f"{address(elsewhere)}?other"
    office = following.follow_feed(office, url=other, by=company.jonas, at=MONDAY)
    assert (office.feed_copy, office.feed_etag, office.feed_fetched_at) == ("", "", None)
    assert from_feed(office) == ["2026-05-01"]
    elsewhere.play = says(days_off("20260601"))
    assert from_feed(refresh(office)) == ["2026-06-01"]
    assert "If-None-Match" not in elsewhere.heads[-1]


def test_the_same_feed_again_asks_for_a_visit_and_keeps_the_copy(
    office: Calendar, elsewhere: WebServer, company: Company
) -> None:
    elsewhere.play = says(days_off("20260501"))
    refresh(office)
    office = following.follow_feed(office, url=address(elsewhere), by=company.jonas, at=MONDAY)
    assert office.feed_copy
    assert following.due_feeds(MONDAY) == [office.pk]


def test_a_feed_that_is_removed_takes_its_days_ahead_with_it(
    office: Calendar, elsewhere: WebServer, company: Company
) -> None:
    elsewhere.play = says(days_off("20260310", "20260501"))
    refresh(office)
    at = MONDAY + timedelta(days=2)
    office = following.follow_feed(office, url="", by=company.jonas, at=at)
    office = Calendar.objects.get(pk=office.pk)
    assert from_feed(office) == ["2026-03-10"]
    assert (office.feed_url, office.feed_copy) == ("", "")


def test_what_a_visit_brings_from_a_feed_left_meanwhile_is_dropped(
    office: Calendar, elsewhere: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.play = says(days_off("20260501"))

    def slowly(*args: Any, **named: Any) -> Fetched:
        found = fetch(*args, **named)
        Calendar.objects.filter(pk=office.pk).update(feed_url="https://other.example/")
        return found

    monkeypatch.setattr(following, "fetch", slowly)
    office = refresh(office)
    assert (office.feed_copy, versions(office)) == ("", 1)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "https://me:word@days.example/", "https://2130706433/", "days"]
)
def test_an_address_that_is_none_is_refused_at_once(
    office: Calendar, company: Company, url: str
) -> None:
    with pytest.raises(OutboundRefused):
        following.follow_feed(office, url=url, by=company.jonas, at=MONDAY)


def test_an_address_that_is_too_long_is_refused(office: Calendar, company: Company) -> None:
    url = "https://days.example/" + "a" * 500
    with pytest.raises(Refused, match="too long"):
        following.follow_feed(office, url=url, by=company.jonas, at=MONDAY)


@pytest.mark.parametrize("who", ["mihai", "misaki", "tom", "sam", "elif_"])
def test_only_a_lead_of_the_desk_chooses_its_feed(
    office: Calendar, company: Company, who: str
) -> None:
    with pytest.raises(Refused, match="Only a lead"):
        following.follow_feed(office, url="", by=getattr(company, who), at=MONDAY)
