"""Which days a calendar feed takes: a table of cases, and feeds that mean no good."""

import random
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments import feed_entries, feeds
from departments.calendar_rules import DayOff
from departments.feeds import Feed, FeedError, read_feed
from helpdesk.lib.errors import Refused
from tests.departments.ics import calendar, days_off, event, whole_day

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
SINCE, UNTIL = date(2026, 1, 1), date(2028, 1, 1)


def read(*events: str, zone: ZoneInfo = BERLIN) -> Feed:
    return read_feed(calendar(*events), zone, SINCE, UNTIL)


def days(*events: str, zone: ZoneInfo = BERLIN) -> list[str]:
    return [day.on.isoformat() for day in read(*events, zone=zone).days]


# --- Whole days -------------------------------------------------------------------------------


def test_a_day_off_has_its_date_its_name_and_its_source() -> None:
    assert read(whole_day("20260501", "Labour Day")).days == (
        DayOff(date(2026, 5, 1), "Labour Day", "feed"),
    )


def test_the_end_of_several_days_is_not_one_of_them() -> None:
    assert days(whole_day("20261224", "Winter", "DTEND;VALUE=DATE:20261227")) == [
        "2026-12-24",
        "2026-12-25",
        "2026-12-26",
    ]


@pytest.mark.parametrize(
    "line", ["DTEND;VALUE=DATE:20260501", "DURATION:P1D", "DURATION:PT8H", "DTEND:20260502T000000"]
)
def test_other_ways_to_say_one_day(line: str) -> None:
    assert days(whole_day("20260501", "May", line)) == ["2026-05-01"]


def test_a_duration_in_weeks_takes_each_day() -> None:
    assert len(days(whole_day("20260803", "Summer", "DURATION:P2W"))) == 14


def test_days_are_in_order_and_only_those_of_the_window() -> None:
    assert days(
        whole_day("20270101", uid="1"),
        whole_day("20251231", uid="2"),
        whole_day("20260101", uid="3"),
        whole_day("20280101", uid="4"),
        whole_day("20271231", "Turn", "DTEND;VALUE=DATE:20280103", uid="5"),
    ) == ["2026-01-01", "2027-01-01", "2027-12-31"]


def test_two_entries_on_one_day_share_it() -> None:
    found = read(whole_day("20260501", "May Day"), whole_day("20260501", "Party", uid="2"))
    assert found.days == (DayOff(date(2026, 5, 1), "May Day, Party", "feed"),)


def test_what_is_cancelled_is_no_day_off() -> None:
    assert days(whole_day("20260501", "May", "STATUS:CANCELLED")) == []


def test_what_is_marked_as_free_is_a_day_off() -> None:
    """Google, Apple and Outlook mark the days of public holidays so."""
    assert days(whole_day("20260501", "May", "TRANSP:TRANSPARENT")) == ["2026-05-01"]


@pytest.mark.parametrize(
    ("summary", "name"),
    [
        ("SUMMARY:Tag der Arbeit\\, frei\\nfür alle", "Tag der Arbeit, frei für alle"),
        ("SUMMARY;LANGUAGE=tr:Emek ve Dayanışma Günü", "Emek ve Dayanışma Günü"),
        ('SUMMARY;ALTREP="http://a.example/;:,":Party', "Party"),
        ("SUMMARY:" + "long " * 400, "long " * 15 + "long"),
        ("SUMMARY:\x07bell\u202e", "bell"),
        ("X-NOTHING:x", ""),
    ],
)
def test_names_are_plain_short_words(summary: str, name: str) -> None:
    (day,) = read(event("DTSTART;VALUE=DATE:20260501", summary)).days
    assert day.name == name


def test_an_entry_without_a_uid_is_an_entry() -> None:
    entry = whole_day("20260501").replace("UID:1\r\n", "")
    assert days(entry, entry.replace("0501", "0502")) == ["2026-05-01", "2026-05-02"]


# --- With times -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "taken"),
    [
        (":20260501T090000", ":20260501T170000", []),
        (":20260501T000000", ":20260502T000000", ["2026-05-01"]),
        (":20260430T180000", ":20260503T080000", ["2026-05-01", "2026-05-02"]),
        (":20260501T120000", ":20260502T120000", []),
        (";TZID=Asia/Qatar:20260501T010000", ";TZID=Asia/Qatar:20260502T010000", ["2026-05-01"]),
        (";TZID=Asia/Tokyo:20260501T000000", ";TZID=Asia/Tokyo:20260502T000000", []),
        (";TZID=Asia/Tokyo:20260501T000000", ";TZID=Asia/Tokyo:20260503T000000", ["2026-05-01"]),
        (":20260430T220000Z", ":20260501T220000Z", ["2026-05-01"]),
        (";TZID=W. Europe Standard Time:20260501T000000", ":20260501T220000Z", ["2026-05-01"]),
        (";TZID=Our own:20260501T000000", ";TZID=Our own:20260502T000000", ["2026-05-01"]),
        (":20260329T000000", ":20260330T000000", ["2026-03-29"]),  # 23 hours
        (":20261025T000000", ":20261026T000000", ["2026-10-25"]),  # 25 hours
        (":20261025T000000", ":20261025T235959", []),
    ],
)  # fmt: skip
def test_times_take_the_days_that_they_cover_in_the_desks_zone(
    start: str, end: str, taken: list[str]
) -> None:
    found = read(event(f"DTSTART{start}", f"DTEND{end}"))
    assert [day.on.isoformat() for day in found.days] == taken
    assert found.part_days == (not taken)


def test_the_same_instants_are_other_days_in_another_zone() -> None:
    entry = event("DTSTART:20260501T040000Z", "DTEND:20260502T040000Z")
    assert days(entry, zone=NEW_YORK) == ["2026-05-01"]
    assert days(entry, zone=BERLIN) == []


def test_a_zone_defined_in_a_feed_is_not_believed() -> None:
    """It would count for every later feed of this worker, and its rules may never end."""
    liar = (
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        "RRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\n"
        "END:VTIMEZONE\r\n"
    )
    zoned = ";TZID=Europe/Berlin:2026050"
    entry = event(f"DTSTART{zoned}1T000000", f"DTEND{zoned}2T000000")
    assert days(liar, entry) == ["2026-05-01"]


def test_parts_of_days_are_counted_once_each_however_often_they_come() -> None:
    meeting = event("DTSTART:20260105T090000", "DTEND:20260105T093000", "RRULE:FREQ=WEEKLY")
    cancelled = event("DTSTART:20260105T090000", "STATUS:CANCELLED", uid="2")
    assert read(meeting, cancelled, whole_day("20260501", uid="3")).part_days == 1


def test_a_fair_that_repeats_with_times_takes_its_days_each_year() -> None:
    fair = event(
        "DTSTART;TZID=Europe/Berlin:20250301T000000",
        "DTEND;TZID=Europe/Berlin:20250303T000000",
        "RRULE:FREQ=YEARLY;BYHOUR=0;UNTIL=20270228T230000Z",
    )
    assert days(fair) == ["2026-03-01", "2026-03-02", "2027-03-01", "2027-03-02"]


@pytest.mark.parametrize(("hour", "years"), [("11", 1), ("12", 2)])
def test_a_last_repetition_that_would_begin_after_the_end_does_not_come(
    hour: str, years: int
) -> None:
    fair = event(
        "DTSTART:20260301T120000Z",
        "DTEND:20260303T230000Z",
        f"RRULE:FREQ=YEARLY;UNTIL=20270301T{hour}0000Z",
    )
    assert len(days(fair)) == 2 * years


# --- Repetitions ------------------------------------------------------------------------------


def test_a_holiday_repeats_every_year() -> None:
    assert days(whole_day("19231029", "Republic", "RRULE:FREQ=YEARLY")) == [
        "2026-10-29",
        "2027-10-29",
    ]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", ["2026-05-25", "2027-05-31"]),
        ("FREQ=YEARLY;COUNT=2", ["2026-05-25", "2027-05-25"]),
        ("FREQ=MONTHLY;BYDAY=+4MO;COUNT=3", ["2026-05-25", "2026-06-22", "2026-07-27"]),
        ("FREQ=WEEKLY;UNTIL=20260608;WKST=SU", ["2026-05-25", "2026-06-01", "2026-06-08"]),
        ("FREQ=WEEKLY;UNTIL=20260607T220000Z", ["2026-05-25", "2026-06-01", "2026-06-08"]),
        ("FREQ=DAILY;COUNT=2;X-KIND=odd", ["2026-05-25", "2026-05-26"]),
        ("FREQ=YEARLY;BYYEARDAY=145", ["2026-05-25", "2027-05-25"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=2", ["2026-05-25", "2026-05-26"]),
    ],
)
def test_rules_name_their_days(rule: str, found: list[str]) -> None:
    assert days(whole_day("20260525", "Memorial", f"RRULE:{rule}")) == found


def test_a_repetition_that_began_before_the_window_reaches_into_it() -> None:
    holidays = ("DTEND;VALUE=DATE:20200103", "RRULE:FREQ=YEARLY")
    assert days(whole_day("20191230", "Turn", *holidays)) == [
        "2026-01-01",
        "2026-01-02",
        "2026-12-30",
        "2026-12-31",
        "2027-01-01",
        "2027-01-02",
        "2027-12-30",
        "2027-12-31",
    ]


def test_single_days_are_added_and_left_out() -> None:
    entry = whole_day(
        "20260501",
        "May",
        "RRULE:FREQ=MONTHLY;COUNT=4",
        "EXDATE;VALUE=DATE:20260601,20260701",
        "EXDATE:20260801T000000Z",
        "RDATE;VALUE=DATE:20260615",
        "RDATE;VALUE=PERIOD:20260620T000000Z/P1D",
    )
    assert days(entry) == ["2026-05-01", "2026-06-15", "2026-06-20"]


def test_a_single_day_of_a_series_is_moved_renamed_or_cancelled() -> None:
    series = whole_day("20260105", "Monday", "RRULE:FREQ=WEEKLY;COUNT=4")
    moved = whole_day("20260113", "Tuesday", "RECURRENCE-ID;VALUE=DATE:20260112")
    gone = whole_day("20260119", "Gone", "RECURRENCE-ID:20260119", "STATUS:CANCELLED")
    found = read(moved, series, gone)
    assert [(day.on.day, day.name) for day in found.days] == [
        (5, "Monday"),
        (13, "Tuesday"),
        (26, "Monday"),
    ]


def test_a_day_of_a_series_may_become_a_meeting() -> None:
    series = whole_day("20260105", "Monday", "RRULE:FREQ=WEEKLY;COUNT=2")
    meeting = event(
        "DTSTART:20260112T090000", "DTEND:20260112T100000", "RECURRENCE-ID;VALUE=DATE:20260112"
    )
    assert days(series, meeting) == ["2026-01-05"]


def test_all_later_days_of_a_series_may_move() -> None:
    series = whole_day("20260105", "Monday", "RRULE:FREQ=WEEKLY;COUNT=5")
    later = "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:"
    tuesdays = whole_day("20260113", "Tuesday", f"{later}20260112")
    ended = whole_day("20260202", "No more", f"{later}20260202", "STATUS:CANCELLED")
    assert days(series, tuesdays, ended) == ["2026-01-05", "2026-01-13", "2026-01-20", "2026-01-27"]


def test_entries_with_one_uid_by_mistake_all_count() -> None:
    assert days(whole_day("20260501"), whole_day("20260502")) == ["2026-05-01", "2026-05-02"]


# --- What makes no sense ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ["SUMMARY:no day"],
        ["DTSTART:garbage"],
        ["DTSTART;VALUE=DATE:20260230"],
        ["DTSTART:P1D"],
        ["DTSTART:120000"],
        ["DTSTART;VALUE=DATE:20260501", "DTSTART;VALUE=DATE:20260502"],
        ["DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20260430"],
        ["DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20460501"],
        ["DTSTART;VALUE=DATE:20260501", "DURATION:-P1D"],
        ["DTSTART;VALUE=DATE:20260501", "DURATION:P99999999999D"],
        ["DTSTART;VALUE=DATE:99991231"],
        ["DTSTART:00010101T000000Z", "DTEND:00010103T000000Z"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=HOURLY"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=SECONDLY"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=DAILY;INTERVAL=0"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=DAILY;COUNT=-1"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=WEEKLY;BYDAY=2MO"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;BYWEEKNO=20"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:RSCALE=HEBREW;FREQ=YEARLY"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:COUNT=3"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"],
        ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;BYMONTHDAY=" + "1," * 1000 + "1"],
        ["DTSTART;VALUE=DATE:20260501", "EXDATE:never"],
        ["DTSTART;VALUE=DATE:20260501", "RDATE:" + "20260501," * 3000 + "20260501"],
    ],
    ids=lambda lines: "|".join(lines)[-60:],
)
def test_an_entry_without_sense_is_counted_and_hurts_no_other(lines: list[str]) -> None:
    found = read(event(*lines), whole_day("20261001", uid="2"))
    assert [day.on for day in found.days] == [date(2026, 10, 1)]
    assert found.unreadable == 1


def test_a_feed_of_nothing_but_nonsense_is_refused() -> None:
    with pytest.raises(FeedError, match="None of the entries"):
        read(event("DTSTART:garbage"))


def test_a_feed_without_entries_takes_nothing() -> None:
    assert read() == Feed(())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        b'{"days": []}',
        bytes(range(256)) * 100,
    ],
    ids=["nothing", "html", "png", "card", "json", "bytes"],
)
def test_what_is_no_calendar_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(FeedError, match="not a calendar in the iCalendar format"):
        read_feed(data, BERLIN, SINCE, UNTIL)
    assert issubclass(FeedError, Refused)


@pytest.mark.parametrize("cut", [3, 20, 60])
def test_a_feed_that_breaks_off_is_refused(cut: int) -> None:
    with pytest.raises(FeedError, match="breaks off"):
        read_feed(days_off("20260501", "20260502")[:-cut], BERLIN, SINCE, UNTIL)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"\r\n \r\n" + data + b"\r\n\r\n",
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data.replace(b"\r\n", b"\r"),
        lambda data: data.lower().replace(b"t000000z", b"T000000Z"),
        lambda data: data.replace(b":20260501", b":2026\r\n 05\r\n\t01"),
        lambda data: data.replace(b"\r\n", b"\0\r\n"),
        lambda data: data + data.replace(b"20260501", b"20260502"),
    ],
    ids=["mark", "blank", "unix", "mac", "lower", "folded", "zeros", "two"],
)
def test_sloppy_feeds_are_read_all_the_same(change: object) -> None:
    assert callable(change)
    found = read_feed(change(calendar(whole_day("20260501"))), BERLIN, SINCE, UNTIL)
    assert found.days[0].on == date(2026, 5, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_names_are_read_in_the_usual_encodings(encoding: str) -> None:
    data = calendar(whole_day("20260501", "Übergang")).decode().encode(encoding)
    assert read_feed(data, BERLIN, SINCE, UNTIL).days[0].name == "Übergang"


def test_a_letter_folded_in_its_middle_is_put_together() -> None:
    data = calendar(whole_day("20260501", "Gün")).replace(b"\xc3\xbc", b"\xc3\r\n \xbc")
    assert read_feed(data, BERLIN, SINCE, UNTIL).days[0].name == "Gün"


def test_an_alarm_inside_an_entry_says_nothing_about_it() -> None:
    alarm = ("BEGIN:VALARM", "SUMMARY:Ring", "DURATION:P9D", "END:VALARM")
    assert read(whole_day("20260501", "May", *alarm)).days == (
        DayOff(date(2026, 5, 1), "May", "feed"),
    )


# --- Bounds -----------------------------------------------------------------------------------


def test_a_feed_over_a_million_bytes_is_refused() -> None:
    with pytest.raises(FeedError, match="is larger than"):
        read_feed(calendar() + b" " * 1_000_000, BERLIN, SINCE, UNTIL)


def test_a_feed_that_closes_most_of_a_year_is_refused() -> None:
    """Somebody's own calendar with a year of leave would close the desk for good."""
    leave = whole_day("20260401", "Leave", "DTEND;VALUE=DATE:20261231")
    with pytest.raises(FeedError, match="names 274 days of 2026"):
        read(leave)


def test_every_weekend_of_a_year_is_still_a_calendar() -> None:
    assert len(days(whole_day("20260103", "Off", "RRULE:FREQ=WEEKLY;BYDAY=SA,SU"))) == 208


@pytest.mark.parametrize(
    "lines",
    [
        ["DTSTART;VALUE=DATE:19000101", "RRULE:FREQ=DAILY"],
        ["DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=DAILY;COUNT=1000000000"],
        ["DTSTART;VALUE=DATE:19000101", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"],
        ["DTSTART;VALUE=DATE:19000101", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9"],
        ["DTSTART;VALUE=DATE:20200101", "DTEND;VALUE=DATE:20291231"],
        ["DTSTART;VALUE=DATE:20260101", "DURATION:P300D", "RDATE;VALUE=DATE:20260102,20260103"],
    ],
    ids=lambda lines: lines[-1][:40],
)
def test_a_feed_that_asks_for_endless_work_is_refused(
    lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MAX_LOOKED_AT", 3_000)
    monkeypatch.setattr(feeds, "MAX_TAKEN", 500)
    with pytest.raises(FeedError, match="far more entries"):
        read(*(event(*lines, uid=str(n)) for n in range(9)))


def test_meetings_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_LOOKED_AT", 0)
    daily = ["DTSTART:20260101T090000", "DTEND:20260101T100000", "RRULE:FREQ=DAILY"]
    assert read(*(event(*daily, uid=str(n)) for n in range(9))).part_days == 9


def test_too_many_entries_are_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_entries, "_entry", None)
    with pytest.raises(FeedError, match="far more entries"):
        read_feed(days_off(*["20260501"] * 5_001), BERLIN, SINCE, UNTIL)


GOOD = calendar(
    whole_day("20260501", "May", "RRULE:FREQ=YEARLY;BYDAY=1FR;BYMONTH=5", uid="a"),
    whole_day("20260105", "Monday", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE:20260112", uid="b"),
    whole_day("20260119", "Gone", "RECURRENCE-ID:20260119", "STATUS:CANCELLED", uid="b"),
    event("DTSTART;TZID=Asia/Tokyo:20260701T000000", "DURATION:P3DT4H", "SUMMARY:Fair", uid="c"),
)
SEEDS = (b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"\r\n ", b"9999", b"-", b";", b":", b'"', b"\xff")
CHUNKS = st.sampled_from([*SEEDS, b"UNTIL=00010101", b"DTEND:00010101T000000Z\r\n", b"COUNT=0"])


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 9), CHUNKS), max_size=4))
def test_a_damaged_feed_is_read_or_refused_and_nothing_else(
    damages: list[tuple[int, int, bytes]],
) -> None:
    data = GOOD
    for at, length, chunk in damages:
        data = data[:at] + chunk + data[at + length :]
    try:
        read_feed(data, BERLIN, SINCE, UNTIL)
    except FeedError:
        return


@given(st.binary(max_size=300))
def test_any_bytes_inside_a_calendar_are_survived(data: bytes) -> None:
    read_or_refused = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + data + b"\r\nEND:VCALENDAR"
    try:
        read_feed(read_or_refused, NEW_YORK, SINCE, UNTIL)
    except FeedError:
        return


def test_mutations_of_a_good_feed_are_survived() -> None:
    dice = random.Random(2026)
    for _round in range(300):
        data = bytearray(GOOD)
        for _change in range(dice.randrange(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            found = read_feed(bytes(data), BERLIN, SINCE, UNTIL)
        except FeedError:
            continue
        assert all(
            SINCE <= day.on < UNTIL and len(day.name) <= feed_entries.MAX_NAME for day in found.days
        )
