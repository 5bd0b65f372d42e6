"""Who is on call at a desk: what paging asks, what leads are warned of, what the page shows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from departments import on_call
from departments.actions import absences, rota
from departments.models import Absence, Membership, Person, Role, Rota
from departments.on_call import calendar_of, gaps_ahead, people_on_call, rotas_with_gaps
from departments.on_call_weeks import gap_words, handover_words, page, why_words
from departments.rota import Why
from tests.cast import Company
from tests.conftest import MONDAY
from tests.departments.rotas import DAY, HOUR, ItRota, join, layer_of

SignIn = Callable[[Person], Client]
PAGE = "/desk/it/on-call/"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def it(company: Company) -> ItRota:
    return ItRota(company)


def away(person: Person, first: int, last: int, deputy: Person | None = None) -> Absence:
    """From the first to the last day of March, as a lead would say."""
    return absences.set_absence(
        person,
        by=person,
        at=MONDAY,
        starts_on=date(2026, 3, first),
        ends_on=date(2026, 3, last),
        deputy=deputy,
    )


def names(it: ItRota, at: datetime = MONDAY) -> list[tuple[str, str]]:
    return [(one.layer.name, one.person.first_name) for one in people_on_call(it.company.it, at)]


# --- What paging asks ---------------------------------------------------------------------------


def test_each_layer_has_its_person_in_the_order_of_calling(it: ItRota) -> None:
    assert names(it) == [("First line", "Mihai"), ("Second line", "Jonas")]
    assert names(it, MONDAY + 7 * DAY) == [("First line", "Olga"), ("Second line", "Jonas")]


def test_a_desk_without_a_rota_has_nobody_on_call(company: Company) -> None:
    assert people_on_call(company.hr, MONDAY) == []


def test_before_its_first_day_a_layer_calls_nobody(it: ItRota) -> None:
    assert names(it, MONDAY - 2 * DAY) == []


def test_who_left_the_desk_is_not_called_and_nobody_elses_week_moves(it: ItRota) -> None:
    Membership.objects.filter(person=it.company.mihai).delete()
    assert names(it) == [("Second line", "Jonas")]
    assert names(it, MONDAY + 7 * DAY)[0] == ("First line", "Olga")


def test_who_cannot_sign_in_any_more_is_not_called(it: ItRota) -> None:
    Person.objects.filter(pk=it.company.mihai.pk).update(is_active=False)
    assert names(it) == [("Second line", "Jonas")]


def test_who_became_an_observer_is_not_called(it: ItRota) -> None:
    Membership.objects.filter(person=it.company.mihai).update(role=Role.OBSERVER)
    assert names(it) == [("Second line", "Jonas")]


def test_a_cover_by_somebody_who_left_does_not_count(it: ItRota) -> None:
    it.cover(it.olga, MONDAY, MONDAY + DAY)
    assert names(it)[0] == ("First line", "Olga")
    Membership.objects.filter(person=it.olga).delete()
    assert names(it)[0] == ("First line", "Mihai")


def test_another_desks_rota_is_its_own(it: ItRota) -> None:
    hr = rota.set_up(it.company.hr, by=it.company.andreea)
    layer_of(hr, [it.company.misaki])
    assert [one.person for one in people_on_call(it.company.hr, MONDAY)] == [it.company.misaki]
    assert len(names(it)) == 2


def test_the_ladder_of_a_desk_is_as_its_lead_set_it(it: ItRota) -> None:
    rota.set_up(it.company.it, by=it.company.jonas, wait_minutes=7, rounds=3)
    assert (on_call.wait_minutes(it.company.it), on_call.rounds(it.company.it)) == (7, 3)


def test_a_desk_without_a_rota_has_the_usual_ladder(company: Company) -> None:
    assert (on_call.wait_minutes(company.hr), on_call.rounds(company.hr)) == (10, 2)


def queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        ask()
    return len(asked)


def fill(it: ItRota) -> None:
    """More of everything."""
    for number in range(3):
        layer_of(it.rota, [it.company.mihai, it.olga], name=f"More {number}")
        start = MONDAY + (number + 1) * DAY
        it.cover(it.company.jonas, start, start + HOUR)
    away(it.company.mihai, 17, 18, it.olga)
    away(it.olga, 20, 21)


@pytest.mark.parametrize(
    "ask",
    [
        lambda it: people_on_call(it.company.it, MONDAY),
        lambda it: calendar_of(it.rota, MONDAY, MONDAY + 28 * DAY),
        lambda it: gaps_ahead(it.rota, MONDAY),
        lambda it: rotas_with_gaps(MONDAY),
        lambda it: page(it.rota, it.company.jonas, MONDAY),
    ],
    ids=["people", "calendar", "gaps", "rotas", "page"],
)
def test_it_costs_the_same_for_a_small_and_a_large_rota(it: ItRota, ask: Any) -> None:
    before = queries(lambda: ask(it))
    assert before <= 10
    fill(it)
    assert queries(lambda: ask(it)) == before


def test_all_rotas_cost_the_same_as_one(it: ItRota) -> None:
    before = queries(lambda: rotas_with_gaps(MONDAY))
    hr = rota.set_up(it.company.hr, by=it.company.andreea)
    layer_of(hr, [it.company.misaki, it.company.andreea])
    assert queries(lambda: rotas_with_gaps(MONDAY)) == before


# --- Gaps ---------------------------------------------------------------------------------------


def gaps(it: ItRota) -> list[tuple[str, str, str]]:
    return [
        (gap.layer.name if gap.layer else "", f"{gap.start:%d %H:%M}", f"{gap.end:%d %H:%M}")
        for gap in gaps_ahead(it.rota, MONDAY)
    ]


def test_a_full_rota_has_no_gap(it: ItRota) -> None:
    assert gaps(it) == []
    assert rotas_with_gaps(MONDAY) == []


def test_a_layer_with_a_gap_is_named(it: ItRota) -> None:
    away(it.company.mihai, 10, 10)
    assert gaps(it) == [("First line", "09 22:00", "10 22:00")]


def test_where_no_layer_has_anybody_comes_first(it: ItRota) -> None:
    away(it.company.mihai, 10, 11)
    away(it.company.jonas, 11, 12)
    assert gaps(it) == [
        ("", "10 23:00", "11 22:00"),
        ("First line", "09 22:00", "11 22:00"),
        ("Second line", "10 23:00", "12 23:00"),
    ]


def test_the_same_gap_in_every_layer_is_told_once(it: ItRota) -> None:
    Person.objects.filter(pk=it.company.jonas.pk).update(time_zone="Europe/Bucharest")
    it.company.jonas.refresh_from_db()
    away(it.company.mihai, 10, 10)
    away(it.company.jonas, 10, 10)
    assert gaps(it) == [("", "09 22:00", "10 22:00")]


def test_the_gap_of_the_only_layer_is_told_once(it: ItRota) -> None:
    rota.remove_layer(it.second, by=it.company.jonas)
    away(it.company.mihai, 10, 10)
    assert gaps(it) == [("", "09 22:00", "10 22:00")]


def test_a_rota_without_layers_is_one_gap(company: Company) -> None:
    found = rota.set_up(company.it, by=company.jonas)
    (gap,) = gaps_ahead(found, MONDAY, days=2)
    assert (gap.layer, gap.start, gap.end) == (None, MONDAY, MONDAY + 2 * DAY)


def test_gaps_further_ahead_are_not_told_yet(it: ItRota) -> None:
    absences.set_absence(
        it.company.mihai,
        by=it.company.mihai,
        at=MONDAY,
        starts_on=date(2026, 4, 21),
        ends_on=date(2026, 4, 22),
    )
    assert gaps(it) == []
    assert len(gaps_ahead(it.rota, MONDAY, days=60)) == 1


def test_leads_learn_which_rotas_have_gaps(it: ItRota) -> None:
    hr = rota.set_up(it.company.hr, by=it.company.andreea)
    layer_of(hr, [it.company.misaki])
    away(it.company.mihai, 10, 10)
    (found,) = rotas_with_gaps(MONDAY)
    assert (found.rota.department, len(found.gaps)) == (it.company.it, 1)


def test_a_cover_fills_a_gap(it: ItRota) -> None:
    away(it.company.mihai, 10, 10)
    gap = gaps_ahead(it.rota, MONDAY)[0]
    it.cover(it.olga, gap.start, gap.end)
    assert gaps(it) == []


@pytest.mark.parametrize(
    ("layer", "begun", "words"),
    [
        (False, False, "Nobody is on call from tomorrow 00:00 to Wed 00:00."),
        (False, True, "Nobody is on call until Wed 00:00."),
        (True, False, "“First line” has nobody from tomorrow 00:00 to Wed 00:00."),
        (True, True, "“First line” has nobody until Wed 00:00."),
    ],
)
def test_a_gap_in_words(it: ItRota, layer: bool, begun: bool, words: str) -> None:
    start = MONDAY if begun else MONDAY.replace(hour=22)
    end = MONDAY.replace(hour=22) + DAY
    gap = on_call.Gap(it.first if layer else None, start, end)
    said = gap_words(gap, MONDAY, it.company.mihai.zone)
    assert said.replace("\xa0", " ") == words


# --- The page -----------------------------------------------------------------------------------


def text(client: Client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


@pytest.mark.parametrize("who", ["mihai", "jonas", "olga"])
def test_who_works_at_the_desk_sees_who_is_on_call(it: ItRota, sign_in: SignIn, who: str) -> None:
    shown = text(sign_in(getattr(it.company, who)))
    assert "Mihai Ionescu" in shown
    assert "Jonas Bauer" in shown


@pytest.mark.parametrize("who", ["elif_", "tom", "misaki", "andreea", "sam"])
def test_for_others_the_page_does_not_exist(it: ItRota, sign_in: SignIn, who: str) -> None:
    assert sign_in(getattr(it.company, who)).get(PAGE).status_code == 404


def test_an_observer_reads_and_changes_nothing(it: ItRota, sign_in: SignIn) -> None:
    tom = join(it.company.tom, it.company.it, Role.OBSERVER)
    shown = text(sign_in(tom))
    assert "Mihai Ionescu" in shown
    assert "Take over" not in shown


@pytest.mark.parametrize("who", ["mihai", "elif_", "sam"])
def test_rotas_are_visible_to_those_inside(it: ItRota, who: str) -> None:
    seen = Rota.objects.visible_to(getattr(it.company, who)).exists()
    assert seen is (who == "mihai")


def test_a_desk_without_a_rota_says_what_to_do(company: Company, sign_in: SignIn) -> None:
    assert "Make the first layer" in text(sign_in(company.jonas))
    shown = text(sign_in(company.mihai))
    assert "A lead of the desk can make one" in shown
    assert "Make the first layer" not in shown


def test_a_rota_without_layers_says_the_same(company: Company, sign_in: SignIn) -> None:
    rota.set_up(company.it, by=company.jonas)
    assert "Make the first layer" in text(sign_in(company.jonas))


def test_the_number_to_call_is_a_link(it: ItRota, sign_in: SignIn) -> None:
    Person.objects.filter(pk=it.company.mihai.pk).update(phone="+40 264 555 120")
    shown = text(sign_in(it.olga))
    assert 'href="tel:+40264555120"' in shown
    assert "No phone number in their profile." in shown  # Jonas gave none.


def test_times_are_the_readers_and_the_hand_over_names_its_zone(
    it: ItRota, sign_in: SignIn
) -> None:
    shown = text(sign_in(it.company.jonas)).replace("\xa0", " ")
    assert ">Mon 16 Mar 07:00</time>" in shown  # 09:00 in Istanbul, for somebody in Berlin.
    assert "Changes every Monday at 09:00, Europe/Istanbul" in shown


def test_one_reads_when_ones_own_shift_is(it: ItRota, sign_in: SignIn) -> None:
    assert "You are on call now, in “First line”." in text(sign_in(it.company.mihai))
    shown = text(sign_in(it.olga))
    assert "Your next shift begins" in shown
    assert shown.count("You are on call now") == 0


def test_a_gap_is_told_with_a_way_to_fill_it(it: ItRota, sign_in: SignIn) -> None:
    away(it.company.mihai, 10, 10)
    shown = text(sign_in(it.company.jonas)).replace("\xa0", " ")
    assert "“First line” has nobody from today 23:00 to tomorrow 23:00." in shown
    assert "from=2026-03-09T23:00&amp;until=2026-03-10T23:00#cover" in shown
    assert "There are times when nobody can be reached." not in shown


def test_it_is_louder_when_nobody_at_all_can_be_reached(it: ItRota, sign_in: SignIn) -> None:
    away(it.company.mihai, 10, 10)
    away(it.company.jonas, 10, 10)
    assert "There are times when nobody can be reached." in text(sign_in(it.company.jonas))


def test_a_full_rota_says_so(it: ItRota, sign_in: SignIn) -> None:
    assert "Every hour of the next four weeks has somebody" in text(sign_in(it.olga))


def test_many_gaps_are_counted(it: ItRota, sign_in: SignIn) -> None:
    for day in range(10, 30, 2):
        away(it.company.jonas, day, day)
    shown = sign_in(it.company.jonas).get(PAGE).context["page"]
    assert (len(shown.gaps), shown.more_gaps) == (6, 4)


def weeks(it: ItRota, reader: Person) -> list[list[list[str]]]:
    """Per week the cells of the first line, each as its names."""
    found = page(it.rota, reader, MONDAY)
    return [
        [
            [one.shift.person.first_name if one.shift.person else "-" for one in cell.entries]
            for cell in week.rows[0].cells
        ]
        for week in found.weeks
    ]


def test_four_weeks_of_seven_days(it: ItRota) -> None:
    shown = page(it.rota, it.olga, MONDAY)
    assert [len(week.days) for week in shown.weeks] == [7] * 4
    assert shown.weeks[0].days[:3] == ["today", "tomorrow", "Wed 11 Mar"]


def test_a_day_of_hand_over_has_both(it: ItRota) -> None:
    cells = [cell for week in weeks(it, it.olga) for cell in week]
    assert cells[:7] == [["Mihai"]] * 7
    assert cells[7] == ["Mihai", "Olga"]
    assert cells[8:14] == [["Olga"]] * 6


def test_days_are_those_of_the_reader(it: ItRota) -> None:
    it.cover(it.olga, MONDAY.replace(hour=22), MONDAY.replace(hour=23))
    # 22:00 UTC is Tuesday in Bucharest and still Monday in Berlin.
    assert weeks(it, it.company.mihai)[0][:2] == [["Mihai"], ["Olga", "Mihai"]]
    assert weeks(it, it.company.jonas)[0][:2] == [["Mihai", "Olga"], ["Mihai"]]


def test_what_is_over_today_is_left_out(it: ItRota) -> None:
    it.cover(it.olga, MONDAY, MONDAY + HOUR)
    later = page(it.rota, it.company.mihai, MONDAY + 2 * HOUR)
    (entry,) = later.weeks[0].rows[0].cells[0].entries
    assert entry.shift.person == it.company.mihai


def test_days_without_a_change_are_marked_for_the_short_list(it: ItRota) -> None:
    marks = [cell.is_as_before for cell in page(it.rota, it.olga, MONDAY).weeks[1].rows[0].cells]
    assert marks == [False, *[True] * 6]


def test_days_of_a_change_of_the_clock_are_whole(it: ItRota) -> None:
    shown = page(it.rota, it.company.jonas, MONDAY)
    sunday = shown.weeks[2].rows[1].cells[6]  # 29 March, 23 hours in Berlin.
    assert shown.weeks[2].days[6] == "Sun 29 Mar"
    assert [one.shift.person for one in sunday.entries] == [it.company.jonas] * 2


def test_until_is_when_somebody_else_takes_over(it: ItRota) -> None:
    first, second = page(it.rota, it.olga, MONDAY).holders
    assert first.until == datetime(2026, 3, 16, 6, tzinfo=UTC)
    assert second.until is None  # Jonas, every day anew, for longer than the page looks ahead.


def shift(why: Why, person: Person | None, planned: Person | None) -> on_call.Shift:
    return on_call.Shift(MONDAY, MONDAY + HOUR, person, planned, why)


def test_why_it_is_not_the_turn_of_this_person(it: ItRota) -> None:
    mihai, olga = it.company.mihai, it.olga
    assert why_words(shift(Why.TURN, mihai, mihai)) == ""
    assert why_words(shift(Why.COVER, olga, mihai)) == "covers for Mihai"
    assert why_words(shift(Why.COVER, mihai, mihai)) == "covers"
    assert why_words(shift(Why.COVER, olga, None)) == "covers"
    assert why_words(shift(Why.DEPUTY, olga, mihai)) == "deputy for Mihai"
    assert why_words(shift(Why.DEPUTY, olga, None)) == "deputy"
    assert why_words(shift(Why.AWAY, None, mihai)) == "Mihai is away"
    assert why_words(shift(Why.AWAY, None, None)) == "away"
    assert why_words(shift(Why.NOT_STARTED, None, None)) == "has not begun"
    assert "left the desk" in why_words(shift(Why.VACANT, None, None))


def test_the_hand_over_in_words(it: ItRota) -> None:
    assert handover_words(it.second) == "Changes every day at 09:00, Europe/Istanbul"
    with translation.override("en"):
        fresh = layer_of(
            it.rota, [it.olga], name="Nights", weekday=4, handover_at=time(17), time_zone="UTC"
        )
        assert handover_words(fresh) == "Changes every Friday at 17:00, UTC"


@pytest.mark.parametrize("who", ["mihai", "jonas"])
def test_the_page_is_found_from_the_department_and_the_desk(
    it: ItRota, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(it.company, who))
    for here in ("/departments/it/", "/desk/it/"):
        assert f'href="{PAGE}"' in client.get(here).content.decode()


@pytest.mark.parametrize("who", ["elif_", "tom"])
def test_the_department_page_does_not_lead_others_there(
    it: ItRota, sign_in: SignIn, who: str
) -> None:
    shown = sign_in(getattr(it.company, who)).get("/departments/it/").content.decode()
    assert PAGE not in shown
