"""Public holidays by country and region, named for the reader."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import pytest
from django.utils import translation

from departments import public_holidays
from departments.calendar_rules import DayOff, HolidayChoice
from departments.public_holidays import (
    UnknownPlace,
    closures,
    countries,
    days,
    subdivisions,
    years_around,
)
from helpdesk.lib.errors import Refused

NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def in_german() -> Iterator[None]:
    with translation.override("de"):
        yield


# --- Countries and regions --------------------------------------------------------------------


def test_countries_are_named_in_the_readers_language() -> None:
    with translation.override("en"):
        assert ("TR", "Türkiye") in countries() or ("TR", "Turkey") in countries()
    with translation.override("de"):
        assert ("TR", "Türkei") in countries()
    with translation.override("tr"):
        assert ("DE", "Almanya") in countries()
    with translation.override("ja"):
        assert ("RO", "ルーマニア") in countries()


def test_countries_stand_in_the_readers_order() -> None:
    with translation.override("de"):
        names = [name for _code, name in countries()]
    assert names.index("Ägypten") < names.index("Albanien") < names.index("Zypern")
    assert names.index("Österreich") < names.index("Polen")


def test_every_country_has_one_code_and_a_name_of_its_own() -> None:
    codes = [code for code, _name in countries()]
    assert len(codes) == len(set(codes)) > 200
    assert all(name != code for code, name in countries())
    assert {"GB", "US", "DE", "TR", "RO", "JP"} <= set(codes)


def test_a_reader_of_a_language_that_nobody_translated_sees_english() -> None:
    assert ("DE", "Germany") in public_holidays._countries("tlh")


def test_lists_are_the_readers_own_and_may_be_changed() -> None:
    countries().clear()
    subdivisions("DE").clear()
    days("DE", "", [2026]).clear()
    assert countries()
    assert subdivisions("DE")
    assert days("DE", "", [2026])


def test_regions_have_names_where_they_are_known() -> None:
    regions = subdivisions("DE")
    assert ("BY", "Bayern") in regions
    assert ("Augsburg", "Augsburg") in regions
    assert regions == sorted(regions, key=lambda region: region[1])


def test_a_country_that_is_all_alike_has_no_regions() -> None:
    assert subdivisions("TR") == []


# --- Days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de", "Neujahr"),
        ("en", "New Year's Day"),
        ("en-gb", "New Year's Day"),
        ("de-at", "Neujahr"),
        ("tr", "New Year's Day"),  # not among Germany's languages: English
        ("pt-br", "New Year's Day"),
    ],
)
def test_holidays_are_named_in_the_readers_language_or_in_english(language: str, name: str) -> None:
    with translation.override(language):
        assert days("DE", "", [2026])[NEW_YEAR] == name


@pytest.mark.parametrize(
    ("country", "language", "name"),
    [
        ("RO", "ro", "Anul Nou"),
        ("JP", "ja", "元日"),
        ("TR", "tr", "Yılbaşı"),
        ("NO", "nb", "Første nyttårsdag"),
        ("CN", "zh-hans", "元旦"),
        ("NZ", "de", "New Year's Day"),  # has its own names only, which are English
    ],
)
def test_countries_speak_their_own_languages(country: str, language: str, name: str) -> None:
    with translation.override(language):
        assert days(country, "", [2026])[NEW_YEAR] == name


def test_where_neither_the_language_nor_english_is_known_the_country_says_it() -> None:
    assert public_holidays._spoken("de", ("th", "uk"), "uk") == "uk"
    assert public_holidays._spoken("de", (), None) is None


@pytest.mark.parametrize(
    ("wanted", "known", "chosen"),
    [
        ("en", ("en_US", "en_GB"), "en_GB"),
        ("en_us", ("en_GB", "en_US"), "en_US"),
        ("pt_pt", ("pt_AO", "en_US"), "pt_AO"),
        ("de", ("en_US", "de"), "de"),
        ("zh_hant", ("zh_CN", "zh_TW"), "zh_TW"),
    ],
)
def test_the_closest_language_is_chosen(wanted: str, known: tuple[str, ...], chosen: str) -> None:
    assert public_holidays._spoken(wanted, known, None) == chosen


def test_the_servers_own_language_plays_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    public_holidays._days.cache_clear()
    monkeypatch.setenv("LANGUAGE", "uk")
    with translation.override("tr"):
        assert days("DE", "", [2026])[NEW_YEAR] == "New Year's Day"
    public_holidays._days.cache_clear()


def test_a_region_has_the_countrys_days_and_its_own() -> None:
    everywhere, bavaria = days("DE", "", [2026]), days("DE", "BY", [2026])
    assert date(2026, 10, 3) in everywhere
    assert date(2026, 1, 6) in set(bavaria) - set(everywhere)


def test_several_years_come_together_in_order() -> None:
    found = list(days("RO", "", [2027, 2026, 2026]))
    assert found == sorted(found)
    assert {on.year for on in found} == {2026, 2027}


def test_a_day_that_is_kept_for_the_next_year_belongs_to_its_own_date() -> None:
    """New Year's Day of 2028 is a Saturday; the United States keep it on 31 December 2027."""
    assert date(2027, 12, 31) in days("US", "", [2027])
    assert date(2027, 12, 31) not in days("US", "", [2028])


@pytest.mark.parametrize(
    ("country", "subdivision"), [("XX", ""), ("", ""), ("de", ""), ("DE", "ZZ"), ("TR", "34")]
)
def test_an_unknown_place_is_refused_in_words(country: str, subdivision: str) -> None:
    with pytest.raises(UnknownPlace, match="from the list"):
        days(country, subdivision, [2026])
    assert issubclass(UnknownPlace, Refused)


@pytest.mark.parametrize("country", ["XX", "", "../x"])
def test_an_unknown_country_has_no_regions(country: str) -> None:
    with pytest.raises(UnknownPlace, match="Choose a country"):
        subdivisions(country)


def test_every_country_in_the_list_has_days_or_none_but_never_fails() -> None:
    assert sum(len(days(code, "", [2026])) > 0 for code, _name in countries()) > 200


# --- What a calendar keeps --------------------------------------------------------------------


def test_a_calendar_keeps_the_last_year_and_three_ahead() -> None:
    assert list(years_around(date(2026, 3, 9))) == [2025, 2026, 2027, 2028, 2029]


def test_days_that_are_switched_off_are_not_kept() -> None:
    choice = HolidayChoice("DE", "BY", frozenset({NEW_YEAR}))
    kept = closures(choice, [2026])
    assert DayOff(date(2026, 1, 6), "Epiphany", "holiday") in kept
    assert NEW_YEAR not in {day.on for day in kept}


@pytest.mark.usefixtures("in_german")
def test_what_is_stored_does_not_depend_on_the_reader() -> None:
    kept = closures(HolidayChoice("DE"), [2026])
    assert kept[0] == DayOff(NEW_YEAR, "New Year's Day", "holiday")


def test_the_library_is_not_slow_to_import() -> None:
    """Each program of the product imports it; a country's own rules come when they are asked."""
    script = "import sys, holidays; print(sum('holidays.countries.' in n for n in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert int(loaded.stdout) == 0
