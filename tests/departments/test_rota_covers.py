"""Taking over, swapping and taking back: through the page of the rota, and what is refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from departments.actions import absences, covers
from departments.actions.covers import Turn
from departments.models import Membership, Person, Role, RotaOverride
from departments.on_call import calendar_of, people_on_call
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY
from tests.departments.rotas import DAY, HOUR, ItRota, join

SignIn = Callable[[Person], Client]
PAGE = "/desk/it/on-call/"
TOMORROW = MONDAY + DAY


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def it(company: Company) -> ItRota:
    return ItRota(company)


def first_line(it: ItRota, at: datetime) -> str:
    return next(one.person.first_name for one in people_on_call(it.company.it, at))


def said(it: ItRota, whom: Person, **changes: Any) -> dict[str, Any]:
    """What the form sends: Tuesday 18:00 to 22:00 on the sender's own clock."""
    words = {
        "layer": it.first.pk,
        "person": whom.pk,
        "starts_at": "2026-03-10T18:00",
        "ends_at": "2026-03-10T22:00",
        "reason": "Dentist",
    }
    return {f"cover-{name}": value for name, value in (words | changes).items()}


# --- Taking over --------------------------------------------------------------------------------


def test_an_agent_takes_over_a_stretch_on_their_own_clock(it: ItRota, sign_in: SignIn) -> None:
    answer = sign_in(it.olga).post(f"{PAGE}cover/", said(it, it.olga))
    assert answer["Location"] == PAGE
    cover = RotaOverride.objects.get()
    # Olga's clock is an hour ahead of UTC.
    assert cover.starts_at.isoformat() == "2026-03-10T17:00:00+00:00"
    assert (cover.person, cover.made_by, cover.reason) == (it.olga, it.olga, "Dentist")
    times = ["16:59", "17:00", "20:59", "21:00"]
    at = [datetime.fromisoformat(f"2026-03-10T{time}Z") for time in times]
    assert [first_line(it, one) for one in at] == ["Mihai", "Olga", "Olga", "Mihai"]


def test_a_lead_puts_somebody_else_on_call(it: ItRota, sign_in: SignIn) -> None:
    sign_in(it.company.jonas).post(f"{PAGE}cover/", said(it, it.olga))
    assert RotaOverride.objects.get().made_by == it.company.jonas


@pytest.mark.parametrize("who", ["jonas", "mihai"])
def test_an_agent_puts_nobody_else_on_call(it: ItRota, sign_in: SignIn, who: str) -> None:
    other = getattr(it.company, who)
    answer = sign_in(it.olga).post(f"{PAGE}cover/", said(it, other))
    assert answer.status_code == 422
    with pytest.raises(Refused, match="Only a lead"):
        it.cover(other, TOMORROW, TOMORROW + HOUR, by=it.olga)


@pytest.mark.parametrize("who", ["tom", "elif_", "sam", "misaki"])
def test_strangers_find_no_rota_to_cover(it: ItRota, sign_in: SignIn, who: str) -> None:
    person = getattr(it.company, who)
    client = sign_in(person)
    for part in ("cover", "swap", "absence", "covers/1"):
        assert client.post(f"{PAGE}{part}/", said(it, person)).status_code == 404
    with pytest.raises(Refused, match="people who work at this desk"):
        it.cover(person, TOMORROW, TOMORROW + HOUR, by=person)


def test_an_observer_takes_nothing_over(it: ItRota, sign_in: SignIn) -> None:
    tom = join(it.company.tom, it.company.it, Role.OBSERVER)
    assert sign_in(tom).post(f"{PAGE}cover/", said(it, tom)).status_code == 422
    assert not RotaOverride.objects.exists()


def test_a_lead_names_nobody_from_elsewhere(it: ItRota) -> None:
    with pytest.raises(Refused, match="does not work at this desk"):
        it.cover(it.company.tom, TOMORROW, TOMORROW + HOUR)


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("starts_at", "", "required"),
        ("starts_at", "soon", "valid date/time"),
        ("ends_at", "2026-03-10T18:00", "Choose an end after the beginning."),
        ("ends_at", "2026-03-10T17:00", "Choose an end after the beginning."),
        ("ends_at", "2031-03-10T17:00", "within the next year"),
        ("layer", "999", "The rota has changed"),
        ("person", "999", "somebody who works at this desk"),
        ("reason", "x" * 201, "200"),
    ],
)
def test_a_cover_that_makes_no_sense_is_refused_with_the_words_kept(
    it: ItRota, sign_in: SignIn, field: str, wrong: str, words: str
) -> None:
    client = sign_in(it.company.jonas)
    answer = client.post(f"{PAGE}cover/", said(it, it.olga, **{field: wrong}))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert answer.context["cover_form"]["ends_at"].value()
    assert not RotaOverride.objects.exists()


def test_what_is_over_cannot_be_covered(it: ItRota, sign_in: SignIn) -> None:
    past = {"starts_at": "2026-03-08T10:00", "ends_at": "2026-03-08T12:00"}
    answer = sign_in(it.olga).post(f"{PAGE}cover/", said(it, it.olga, **past))
    assert answer.status_code == 422
    assert "has no time left" in answer.content.decode()


def test_a_stretch_that_began_before_counts_from_now(it: ItRota) -> None:
    cover = it.cover(it.olga, MONDAY - HOUR, MONDAY + HOUR)
    assert (cover.starts_at, cover.ends_at) == (MONDAY, MONDAY + HOUR)


def test_who_is_away_takes_nothing_over(it: ItRota, sign_in: SignIn) -> None:
    day = TOMORROW.date()
    absences.set_absence(it.olga, by=it.olga, starts_on=day, ends_on=day, at=MONDAY)
    answer = sign_in(it.olga).post(f"{PAGE}cover/", said(it, it.olga))
    assert answer.status_code == 422
    assert "Olga Lindqvist is away in that time" in answer.content.decode()


def test_the_day_after_an_absence_is_free_again_in_the_persons_own_zone(it: ItRota) -> None:
    day = TOMORROW.date()
    absences.set_absence(it.olga, by=it.olga, starts_on=day, ends_on=day, at=MONDAY)
    midnight = datetime.fromisoformat("2026-03-10T23:00Z")  # In Stockholm.
    it.cover(it.olga, midnight, midnight + HOUR)
    with pytest.raises(Refused, match="away"):
        it.cover(it.olga, midnight - HOUR, midnight + HOUR)


def test_the_later_cover_wins(it: ItRota) -> None:
    it.cover(it.olga, TOMORROW, TOMORROW + 4 * HOUR)
    it.cover(it.company.jonas, TOMORROW + HOUR, TOMORROW + 2 * HOUR)
    hours = [first_line(it, TOMORROW + n * HOUR) for n in range(5)]
    assert hours == ["Olga", "Jonas", "Olga", "Olga", "Mihai"]


def test_the_database_knows_that_a_cover_has_a_length(it: ItRota) -> None:
    cover = it.cover(it.olga, TOMORROW, TOMORROW + HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        RotaOverride.objects.filter(pk=cover.pk).update(ends_at=TOMORROW)


def test_a_gap_offers_its_own_stretch(it: ItRota, sign_in: SignIn) -> None:
    page = sign_in(it.olga).get(
        PAGE, {"from": "2026-03-10T18:00", "until": "2026-03-11T06:00", "layer": str(it.second.pk)}
    )
    form = page.context["cover_form"]
    shown = [str(form[name].value()) for name in ("starts_at", "ends_at", "layer")]
    assert shown == ["2026-03-10T18:00", "2026-03-11T06:00", str(it.second.pk)]


def test_what_is_offered_is_never_markup(it: ItRota, sign_in: SignIn) -> None:
    page = sign_in(it.olga).get(PAGE, {"from": '"><script>alert(1)</script>'})
    assert "<script>alert" not in page.content.decode()


# --- Swapping -----------------------------------------------------------------------------------


def turn(it: ItRota, person: Person, nth: int = 0) -> Turn:
    (line, *_more) = calendar_of(it.rota, MONDAY, MONDAY + 28 * DAY)
    shift = [one for one in line.shifts if one.person == person][nth]
    return Turn(it.first, shift.start, person.pk)


def swap_by_page(client: Client, mine: int = 1, theirs: int = 1) -> Any:
    """Choose the nth shift on both sides, as the page offers them."""
    form = client.get(PAGE).context["swap_form"]
    words = {
        "swap-mine": form.fields["mine"].choices[mine][0],
        "swap-theirs": form.fields["theirs"].choices[theirs][0],
    }
    return client.post(f"{PAGE}swap/", words)


def test_two_shifts_change_hands(it: ItRota) -> None:
    mihai, olga = it.company.mihai, it.olga
    covers.swap(turn(it, mihai, 1), turn(it, olga), by=mihai, at=MONDAY)
    weeks = [first_line(it, MONDAY + n * 7 * DAY) for n in range(4)]
    assert weeks == ["Mihai", "Mihai", "Olga", "Olga"]


def test_both_covers_of_a_swap_know_each_other(it: ItRota) -> None:
    one, other = covers.swap(
        turn(it, it.company.mihai), turn(it, it.olga), by=it.olga, at=MONDAY, reason="Holidays"
    )
    assert (one.swapped_with, other.swapped_with) == (other, one)
    assert {one.reason, other.reason} == {"Holidays"}


def test_a_running_shift_is_swapped_from_now_on(it: ItRota) -> None:
    mihai, olga = it.company.mihai, it.olga
    noon = MONDAY + 2 * DAY
    with time_machine.travel(noon, tick=False):
        one, _other = covers.swap(Turn(it.first, noon, mihai.pk), turn(it, olga), by=mihai, at=noon)
    assert one.starts_at == noon


def test_somebody_swaps_their_own_shift_on_the_page(it: ItRota, sign_in: SignIn) -> None:
    answer = swap_by_page(sign_in(it.olga))
    assert answer["Location"] == PAGE
    assert first_line(it, MONDAY + HOUR) == "Olga"
    assert first_line(it, MONDAY + 7 * DAY) == "Mihai"


def test_an_agent_is_offered_their_own_shifts_for_those_of_others(
    it: ItRota, sign_in: SignIn
) -> None:
    form = sign_in(it.olga).get(PAGE).context["swap_form"]
    mine = [words for _key, words in form.fields["mine"].choices[1:]]
    theirs = [words for _key, words in form.fields["theirs"].choices[1:]]
    assert all(words.startswith("Olga Lindqvist, ") for words in mine)
    assert not any(words.startswith("Olga") for words in theirs)
    assert any("First line" in words for words in theirs)


def test_a_lead_swaps_shifts_of_others(it: ItRota) -> None:
    covers.swap(turn(it, it.company.mihai), turn(it, it.olga), by=it.company.jonas, at=MONDAY)
    assert first_line(it, MONDAY + HOUR) == "Olga"


def test_an_agent_swaps_no_shifts_of_others(it: ItRota) -> None:
    join(it.company.tom, it.company.it)
    with pytest.raises(Refused, match="one of your own"):
        covers.swap(turn(it, it.company.mihai), turn(it, it.olga), by=it.company.tom, at=MONDAY)


@pytest.mark.parametrize("who", ["sam", "elif_", "andreea"])
def test_a_stranger_swaps_nothing(it: ItRota, who: str) -> None:
    with pytest.raises(Refused, match="people who work at this desk"):
        covers.swap(
            turn(it, it.company.mihai), turn(it, it.olga), by=getattr(it.company, who), at=MONDAY
        )


def test_two_shifts_of_one_person_are_not_swapped(it: ItRota) -> None:
    mihai = it.company.mihai
    with pytest.raises(Refused, match="Both shifts are those of Mihai Ionescu"):
        covers.swap(turn(it, mihai), turn(it, mihai, 1), by=mihai, at=MONDAY)


def test_who_would_be_away_does_not_swap(it: ItRota) -> None:
    day = MONDAY.date() + DAY
    absences.set_absence(it.olga, by=it.olga, starts_on=day, ends_on=day, at=MONDAY)
    with pytest.raises(Refused, match="Olga Lindqvist is away"):
        covers.swap(turn(it, it.company.mihai), turn(it, it.olga), by=it.olga, at=MONDAY)
    assert not RotaOverride.objects.exists()


def test_a_shift_that_changed_hands_meanwhile_is_not_swapped(it: ItRota) -> None:
    mine, theirs = turn(it, it.company.mihai, 1), turn(it, it.olga)
    it.cover(it.company.jonas, theirs.moment, theirs.moment + 7 * DAY)
    with pytest.raises(Refused, match="has changed since"):
        covers.swap(mine, theirs, by=it.company.mihai, at=MONDAY)


def test_the_page_says_so_when_the_rota_changed_meanwhile(it: ItRota, sign_in: SignIn) -> None:
    client = sign_in(it.olga)
    form = client.get(PAGE).context["swap_form"]
    words = {
        "swap-mine": form.fields["mine"].choices[1][0],
        "swap-theirs": form.fields["theirs"].choices[1][0],
    }
    it.cover(it.company.jonas, MONDAY, MONDAY + 14 * DAY)
    answer = client.post(f"{PAGE}swap/", words)
    assert answer.status_code == 422
    assert "The rota has changed since you opened the page" in answer.content.decode()


def test_a_past_shift_is_not_swapped(it: ItRota) -> None:
    mine, theirs = turn(it, it.company.mihai), turn(it, it.olga)
    with pytest.raises(Refused, match="has changed since"):
        covers.swap(mine, theirs, by=it.olga, at=MONDAY + 8 * DAY)


def test_a_shift_that_somebody_else_has_is_not_swapped(it: ItRota) -> None:
    strange = Turn(it.second, MONDAY + HOUR, it.company.mihai.pk)
    with pytest.raises(Refused, match="has changed since"):
        covers.swap(turn(it, it.company.mihai), strange, by=it.company.mihai, at=MONDAY)


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_both_sides_of_a_swap_are_needed(it: ItRota, sign_in: SignIn, side: str) -> None:
    answer = swap_by_page(sign_in(it.olga), **{side: 0})  # “Choose a shift”.
    assert answer.status_code == 422
    assert not RotaOverride.objects.exists()


def test_a_shift_may_be_swapped_across_layers(it: ItRota) -> None:
    jonas, olga = it.company.jonas, it.olga
    covers.swap(turn(it, olga), Turn(it.second, MONDAY + HOUR, jonas.pk), by=olga, at=MONDAY)
    assert [one.person for one in people_on_call(it.company.it, MONDAY + HOUR)] == [
        it.company.mihai,
        olga,
    ]
    assert first_line(it, MONDAY + 7 * DAY) == "Jonas"


def test_who_has_no_shift_is_told_so(it: ItRota, sign_in: SignIn) -> None:
    tom = join(it.company.tom, it.company.it)
    assert "You have no shift" in sign_in(tom).get(PAGE).content.decode()


# --- Taking back --------------------------------------------------------------------------------


def cancel(client: Client, cover: RotaOverride) -> Any:
    return client.post(f"{PAGE}covers/{cover.pk}/")


def test_a_cover_that_lies_ahead_is_gone(it: ItRota, sign_in: SignIn) -> None:
    cover = it.cover(it.olga, TOMORROW, TOMORROW + HOUR)
    assert cancel(sign_in(it.olga), cover)["Location"] == PAGE
    assert not RotaOverride.objects.exists()


def test_a_running_cover_ends_now_and_what_was_stays(it: ItRota) -> None:
    cover = it.cover(it.olga, MONDAY, MONDAY + 4 * HOUR)
    covers.cancel_cover(cover, by=it.olga, at=MONDAY + HOUR)
    cover.refresh_from_db()
    assert (cover.starts_at, cover.ends_at) == (MONDAY, MONDAY + HOUR)
    assert first_line(it, MONDAY + 2 * HOUR) == "Mihai"


def test_a_cover_that_is_over_stays(it: ItRota) -> None:
    cover = it.cover(it.olga, MONDAY, MONDAY + HOUR)
    with pytest.raises(Refused, match="over already"):
        covers.cancel_cover(cover, by=it.company.jonas, at=MONDAY + HOUR)


def test_a_swap_goes_back_as_a_whole(it: ItRota) -> None:
    one, _other = covers.swap(
        turn(it, it.company.mihai, 1), turn(it, it.olga), by=it.olga, at=MONDAY
    )
    covers.cancel_cover(one, by=it.company.mihai, at=MONDAY)
    assert not RotaOverride.objects.exists()


def test_a_swap_of_which_a_half_has_begun_does_not_go_back(it: ItRota) -> None:
    one, other = covers.swap(
        turn(it, it.company.mihai, 1), turn(it, it.olga), by=it.olga, at=MONDAY
    )
    later = min(one.starts_at, other.starts_at) + HOUR
    for half in (one, other):
        with pytest.raises(Refused, match="Arrange a cover for the rest"):
            covers.cancel_cover(half, by=it.company.jonas, at=later)


@pytest.mark.parametrize("who", ["mihai", "jonas", "olga"])
def test_those_whom_a_swap_is_about_and_leads_take_it_back(it: ItRota, who: str) -> None:
    _one, other = covers.swap(
        turn(it, it.company.mihai, 1), turn(it, it.olga), by=it.olga, at=MONDAY
    )
    covers.cancel_cover(other, by=getattr(it.company, who), at=MONDAY)
    assert not RotaOverride.objects.exists()


def test_colleagues_whom_it_is_not_about_do_not_take_it_back(it: ItRota, sign_in: SignIn) -> None:
    tom = join(it.company.tom, it.company.it)
    cover = it.cover(it.olga, TOMORROW, TOMORROW + HOUR)
    assert cancel(sign_in(tom), cover).status_code == 422
    assert "Take back" not in sign_in(tom).get(PAGE).content.decode()
    assert RotaOverride.objects.exists()


def test_who_left_the_desk_takes_nothing_back(it: ItRota) -> None:
    cover = it.cover(it.olga, TOMORROW, TOMORROW + HOUR, by=it.olga)
    Membership.objects.filter(person=it.olga).delete()
    with pytest.raises(Refused, match="those whom it is about"):
        covers.cancel_cover(cover, by=it.olga, at=MONDAY)


def test_a_second_click_is_no_error(it: ItRota) -> None:
    cover = it.cover(it.olga, TOMORROW, TOMORROW + HOUR)
    covers.cancel_cover(cover, by=it.olga, at=MONDAY)
    gone = RotaOverride(pk=cover.pk or 1, layer=it.first, person=it.olga)
    covers.cancel_cover(gone, by=it.olga, at=MONDAY)


def test_a_cover_is_taken_back_at_its_own_desk_only(it: ItRota, sign_in: SignIn) -> None:
    cover = it.cover(it.olga, TOMORROW, TOMORROW + HOUR)
    client = sign_in(it.company.andreea)
    assert client.post(f"/desk/hr/on-call/covers/{cover.pk}/").status_code == 404


@pytest.mark.parametrize("part", ["cover/", "swap/", "absence/", "covers/1/"])
def test_nothing_changes_by_looking(it: ItRota, sign_in: SignIn, part: str) -> None:
    assert sign_in(it.company.jonas).get(PAGE + part).status_code == 405
