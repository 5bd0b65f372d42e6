"""Words for moments and durations."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments import when

ISTANBUL = ZoneInfo("Europe/Istanbul")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)  # a Monday; 13:00 in Istanbul


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-03-09T11:00", "today 14:00"),
        ("2026-03-09T05:30", "today 08:30"),
        ("2026-03-08T22:30", "today 01:30"),
        ("2026-03-08T20:30", "yesterday 23:30"),
        ("2026-03-09T21:00", "tomorrow 00:00"),
        ("2026-03-10T11:00", "tomorrow 14:00"),
        ("2026-03-11T11:00", "Wed 14:00"),
        ("2026-03-15T11:00", "Sun 14:00"),
        ("2026-03-16T11:00", "Mon 16 Mar 14:00"),
        ("2026-03-07T11:00", "Sat 7 Mar 14:00"),
        ("2026-12-31T20:59", "Thu 31 Dec 23:59"),
        ("2026-12-31T21:00", "Fri 1 Jan 2027 00:00"),
        ("2025-11-03T11:00", "Mon 3 Nov 2025 14:00"),
    ],
)
def test_a_moment_is_said_in_the_readers_zone(at: str, words: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    said = when.moment_words(moment, NOW, ISTANBUL, "en")
    assert said.replace(when.NBSP, " ") == words


@pytest.mark.parametrize("days", [0, 1, 3, 20, 400])
def test_day_and_time_do_not_part_at_the_end_of_a_line(days: int) -> None:
    said = when.moment_words(NOW + timedelta(days=days), NOW, ISTANBUL, "en")
    assert said.endswith(f"{when.NBSP}13:00")


def test_the_hour_that_comes_twice_keeps_its_clock_time() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert when.moment_words(second, second, BERLIN, "en") == f"today{when.NBSP}02:30"


@pytest.mark.parametrize(("lang", "weekday"), [("de", "Mi"), ("tr", "Çrş"), ("ro", "Mie")])
def test_weekdays_speak_the_readers_language(lang: str, weekday: str) -> None:
    said = when.moment_words(NOW + timedelta(days=2), NOW, ISTANBUL, lang)
    assert weekday in said


@given(st.integers(-500_000, 500_000))
def test_a_bare_weekday_means_one_of_the_next_six_days(minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    said = when.moment_words(at, NOW, ISTANBUL, "en")
    if re.fullmatch(rf"[A-Z][a-z]{{2}}{when.NBSP}\d\d:\d\d", said):
        assert 2 <= (at.astimezone(ISTANBUL).date() - date(2026, 3, 9)).days <= 6


@pytest.mark.parametrize(
    ("on", "short", "heading"),
    [
        ("2026-03-09", "today", "Today, Monday 9 March"),
        ("2026-03-08", "yesterday", "Yesterday, Sunday 8 March"),
        ("2026-03-10", "tomorrow", "Tuesday 10 March"),
        ("2026-03-02", "Mon 2 Mar", "Monday 2 March"),
        ("2025-05-01", "Thu 1 May 2025", "Thursday 1 May 2025"),
    ],
)
def test_a_day_alone(on: str, short: str, heading: str) -> None:
    today, day = date(2026, 3, 9), date.fromisoformat(on)
    assert when.day_words(day, today, "en") == short
    assert when.day_heading(day, today, "en") == heading


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-5, "now"),
        (0, "now"),
        (1, "1m"),
        (59, "59m"),
        (60, "1h"),
        (1439, "23h"),
        (1440, "1d"),
        (20000, "13d"),
    ],
)
def test_how_long_ago_has_one_unit(minutes: int, words: str) -> None:
    assert when.ago_words(NOW - timedelta(minutes=minutes), NOW, "en") == words


@pytest.mark.parametrize(
    ("minutes", "day", "short", "whole"),
    [
        (0, None, "0m", "0 minutes"),
        (-3, None, "0m", "0 minutes"),
        (1, None, "1m", "1 minute"),
        (25.9, None, "25m", "25 minutes"),
        (60, None, "1h", "1 hour"),
        (260, None, "4h 20m", "4 hours 20 minutes"),
        (1560, None, "26h", "26 hours"),
        (480, 480, "1d", "1 day"),
        (600, 480, "1d 2h", "1 day 2 hours"),
        (490, 480, "1d", "1 day"),
        (479, 480, "7h 59m", "7 hours 59 minutes"),
        (1500, 1440, "1d 1h", "1 day 1 hour"),
    ],
)
def test_a_duration(minutes: float, day: int | None, short: str, whole: str) -> None:
    assert when.duration_words(minutes, day, "en") == short
    assert when.long_duration_words(minutes, day, "en") == whole


@given(st.integers(0, 10**6), st.one_of(st.none(), st.integers(60, 1440)))
def test_a_duration_has_two_units_at_most_and_never_says_more_than_there_is(
    minutes: int, day: int | None
) -> None:
    units = {"d": day or 0, "h": 60, "m": 1}
    said = when.duration_words(minutes, day, "en").split()
    total = sum(int(word[:-1]) * units[word[-1]] for word in said)
    assert len(said) <= 2
    assert total <= minutes < total + 60


@pytest.mark.parametrize(
    ("size", "lang", "words"),
    [
        (0, "en", "0 KB"),
        (1, "en", "1 KB"),
        (84_400, "en", "84 KB"),
        (1_200_000, "en", "1.2 MB"),
        (1_200_000, "de", "1,2 MB"),
        (25_000_000, "en", "25 MB"),
    ],
)
def test_a_files_size(size: int, lang: str, words: str) -> None:
    assert when.file_size_words(size, lang) == words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("田中 美咲", "ja"),
        ("ディスプレイ", "ja"),
        ("ｶﾅ", "ja"),
        ("Ayşe Yıldız", ""),
        ("שלום", ""),
        ("", ""),
    ],
)
def test_a_text_in_japanese_script_is_known(text: str, language: str) -> None:
    assert when.language_of(text) == language
