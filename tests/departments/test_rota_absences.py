"""Being away: on one's profile, by one's lead, with a deputy, and what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from departments.actions import absences
from departments.models import Absence, Membership, Person, Role
from departments.on_call import people_on_call
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY
from tests.departments.rotas import DAY, HOUR, ItRota, join

SignIn = Callable[[Person], Client]
TODAY = date(2026, 3, 9)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def it(company: Company) -> ItRota:
    return ItRota(company)


def away(person: Person, first: date = TODAY, last: date | None = None, **said: Any) -> Absence:
    values: dict[str, Any] = {
        "by": person,
        "at": MONDAY,
        "starts_on": first,
        "ends_on": last or first,
    }
    return absences.set_absence(person, **values | said)


def said(first: str = "2026-03-10", last: str = "2026-03-12", **more: Any) -> dict[str, Any]:
    words = {"starts_on": first, "ends_on": last} | more
    return {f"absence-{name}": value for name, value in words.items()}


# --- On one's profile ---------------------------------------------------------------------------


def test_i_say_on_my_profile_that_i_am_away(it: ItRota, sign_in: SignIn) -> None:
    answer = sign_in(it.olga).post("/me/absences/", said(deputy=it.company.jonas.pk))
    assert answer["Location"] == "/me/"
    found = Absence.objects.get()
    assert (found.person, found.deputy, found.made_by) == (it.olga, it.company.jonas, it.olga)
    assert (found.starts_on, found.ends_on) == (date(2026, 3, 10), date(2026, 3, 12))


def test_my_profile_shows_my_days_and_not_those_of_others(it: ItRota, sign_in: SignIn) -> None:
    away(it.olga, date(2026, 3, 20), deputy=it.company.jonas)
    assert "Deputy: Jonas Bauer" in sign_in(it.olga).get("/me/").content.decode()
    assert "Deputy: Jonas Bauer" not in sign_in(it.company.mihai).get("/me/").content.decode()


def test_days_that_are_over_are_not_shown(it: ItRota, sign_in: SignIn) -> None:
    away(it.olga, deputy=it.company.jonas)
    with time_machine.travel(MONDAY + 2 * DAY, tick=False):
        assert "Deputy: Jonas" not in sign_in(it.olga).get("/me/").content.decode()


def test_who_works_at_no_desk_is_not_asked(it: ItRota, sign_in: SignIn) -> None:
    assert "When you are away" not in sign_in(it.company.elif_).get("/me/").content.decode()
    assert "When you are away" in sign_in(it.olga).get("/me/").content.decode()


def test_deputies_are_those_who_work_at_the_same_desk(it: ItRota, sign_in: SignIn) -> None:
    join(it.company.elif_, it.company.it, Role.OBSERVER)
    form = sign_in(it.olga).get("/me/").context["absence_form"]
    assert [one.first_name for one in form.fields["deputy"].queryset] == ["Jonas", "Mihai"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (said("2026-03-12", "2026-03-10"), "a last day that is not before the first"),
        (said("2026-03-01", "2026-03-08"), "These days are over"),
        (said("", "2026-03-10"), "required"),
        (said("soon", "2026-03-10"), "valid date"),
        (said("2026-03-10", "2036-03-10"), "within the next two years"),
        (said(deputy="999"), "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_words_kept(
    it: ItRota, sign_in: SignIn, words: dict[str, str], error: str
) -> None:
    answer = sign_in(it.olga).post("/me/absences/", words)
    assert answer.status_code == 422
    assert error in answer.content.decode()
    shown = answer.context["absence_form"]
    assert shown["ends_on"].value() == words["absence-ends_on"]
    assert not Absence.objects.exists()


@pytest.mark.parametrize("who", ["tom", "elif_", "olga"])
def test_a_deputy_is_somebody_else_of_the_desk(it: ItRota, who: str) -> None:
    with pytest.raises(Refused, match="works at the same desk"):
        away(it.olga, deputy=getattr(it.company, who))


def test_the_same_days_are_taken_once(it: ItRota, sign_in: SignIn) -> None:
    away(it.olga, date(2026, 3, 12), date(2026, 3, 14))
    answer = sign_in(it.olga).post("/me/absences/", said())
    assert answer.status_code == 422
    assert "marked as away already" in answer.content.decode()


def test_two_colleagues_may_be_away_on_the_same_days(it: ItRota) -> None:
    away(it.olga)
    away(it.company.mihai)
    assert Absence.objects.count() == 2


def test_today_is_counted_in_the_persons_own_zone(it: ItRota) -> None:
    late = MONDAY.replace(hour=23, minute=30)  # Already Tuesday in Stockholm.
    with pytest.raises(Refused, match="not over"):
        away(it.olga, TODAY, at=late)
    away(it.olga, date(2026, 3, 10), at=late)


def test_the_database_knows_what_an_absence_is(it: ItRota) -> None:
    found = away(it.olga, deputy=it.company.mihai)
    for wrong in ({"ends_on": date(2026, 3, 8)}, {"deputy": it.olga}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.filter(pk=found.pk).update(**wrong)


# --- On call ------------------------------------------------------------------------------------


def on_call(it: ItRota, at: Any) -> list[str]:
    return [one.person.first_name for one in people_on_call(it.company.it, at)]


def test_the_deputy_is_called_instead(it: ItRota) -> None:
    away(it.company.mihai, date(2026, 3, 10), deputy=it.olga)
    assert on_call(it, MONDAY + DAY) == ["Olga", "Jonas"]
    assert on_call(it, MONDAY + 2 * DAY) == ["Mihai", "Jonas"]


def test_days_begin_and_end_at_midnight_of_the_person(it: ItRota) -> None:
    away(it.company.mihai, date(2026, 3, 10), deputy=it.olga)
    midnight = MONDAY.replace(hour=22)  # In Bucharest.
    names = [on_call(it, at)[0] for at in (midnight - HOUR / 60, midnight)]
    assert names == ["Mihai", "Olga"]
    names = [on_call(it, at + DAY)[0] for at in (midnight - HOUR / 60, midnight)]
    assert names == ["Olga", "Mihai"]


def test_a_day_in_the_far_west_ends_when_it_is_tomorrow_elsewhere(it: ItRota) -> None:
    Person.objects.filter(pk=it.company.mihai.pk).update(time_zone="Pacific/Honolulu")
    it.company.mihai.refresh_from_db()
    away(it.company.mihai, date(2026, 3, 10), deputy=it.olga)
    names = [on_call(it, datetime(2026, 3, 11, hour, tzinfo=UTC))[0] for hour in (0, 9, 10)]
    assert names == ["Olga", "Olga", "Mihai"]


def test_a_day_in_the_far_east_begins_when_it_is_yesterday_elsewhere(it: ItRota) -> None:
    Person.objects.filter(pk=it.company.mihai.pk).update(time_zone="Pacific/Kiritimati")
    it.company.mihai.refresh_from_db()
    away(it.company.mihai, date(2026, 3, 12), deputy=it.olga)
    names = [on_call(it, datetime(2026, 3, 11, hour, tzinfo=UTC))[0] for hour in (9, 10, 23)]
    assert names == ["Mihai", "Olga", "Olga"]


def test_without_a_deputy_the_next_layer_is_called(it: ItRota) -> None:
    away(it.company.mihai, date(2026, 3, 10))
    assert on_call(it, MONDAY + DAY) == ["Jonas"]


def test_a_deputy_who_left_the_desk_is_not_called(it: ItRota) -> None:
    away(it.company.mihai, date(2026, 3, 10), deputy=it.olga)
    Membership.objects.filter(person=it.olga).delete()
    assert on_call(it, MONDAY + DAY) == ["Jonas"]


def test_a_deputy_of_another_desk_is_not_called_for_this_one(it: ItRota) -> None:
    tom = it.company.tom
    join(it.company.mihai, it.company.finance)
    away(it.company.mihai, date(2026, 3, 10), deputy=tom)
    assert on_call(it, MONDAY + DAY) == ["Jonas"]


def test_an_absence_ends_a_cover_too(it: ItRota) -> None:
    it.cover(it.olga, MONDAY + DAY, MONDAY + DAY + HOUR)
    away(it.olga, date(2026, 3, 10), deputy=it.company.jonas)
    assert on_call(it, MONDAY + DAY) == ["Jonas", "Jonas"]


# --- Withdrawing --------------------------------------------------------------------------------


def withdraw(client: Client, absence: Absence, **words: str) -> Any:
    return client.post(f"/absences/{absence.pk}/withdraw/", words)


def test_what_lies_ahead_is_gone(it: ItRota, sign_in: SignIn) -> None:
    absence = away(it.olga, date(2026, 3, 20))
    assert withdraw(sign_in(it.olga), absence)["Location"] == "/me/"
    assert not Absence.objects.exists()


def test_what_began_today_is_gone(it: ItRota) -> None:
    absences.withdraw_absence(away(it.olga, TODAY), by=it.olga, at=MONDAY)
    assert not Absence.objects.exists()


def test_what_began_before_ended_yesterday(it: ItRota) -> None:
    absence = away(it.olga, TODAY, date(2026, 3, 15))
    absences.withdraw_absence(absence, by=it.olga, at=MONDAY + 3 * DAY)
    absence.refresh_from_db()
    assert (absence.starts_on, absence.ends_on) == (TODAY, date(2026, 3, 11))


def test_what_is_over_stays(it: ItRota) -> None:
    absence = away(it.olga, TODAY)
    with pytest.raises(Refused, match="over already"):
        absences.withdraw_absence(absence, by=it.olga, at=MONDAY + 2 * DAY)


def test_a_second_click_is_no_error(it: ItRota) -> None:
    absence = away(it.olga, date(2026, 3, 20))
    pk = absence.pk
    absences.withdraw_absence(absence, by=it.olga, at=MONDAY)
    absences.withdraw_absence(Absence(pk=pk, person=it.olga), by=it.olga, at=MONDAY)


@pytest.mark.parametrize("who", ["mihai", "tom", "sam", "andreea", "elif_"])
def test_others_do_not_find_it(it: ItRota, sign_in: SignIn, who: str) -> None:
    absence = away(it.olga, date(2026, 3, 20))
    client = sign_in(getattr(it.company, who))
    assert withdraw(client, absence).status_code == 404
    assert Absence.objects.exists()


@pytest.mark.parametrize("page", ["/me/absences/", "/absences/1/withdraw/"])
def test_absences_change_by_post_only(it: ItRota, sign_in: SignIn, page: str) -> None:
    assert sign_in(it.olga).get(page).status_code == 405


# --- By the lead --------------------------------------------------------------------------------

PAGE = "/desk/it/on-call/"


def test_a_lead_says_that_somebody_is_away(it: ItRota, sign_in: SignIn) -> None:
    words = said(person=it.olga.pk, deputy=it.company.mihai.pk)
    assert sign_in(it.company.jonas).post(f"{PAGE}absence/", words)["Location"] == PAGE
    found = Absence.objects.get()
    assert (found.person, found.made_by) == (it.olga, it.company.jonas)


@pytest.mark.parametrize("who", ["tom", "elif_", "andreea"])
def test_a_lead_does_not_send_people_of_other_desks_away(
    it: ItRota, sign_in: SignIn, who: str
) -> None:
    person = getattr(it.company, who)
    answer = sign_in(it.company.jonas).post(f"{PAGE}absence/", said(person=person.pk))
    assert answer.status_code == 422
    with pytest.raises(Refused, match="a lead of their desk"):
        away(person, by=it.company.jonas)


def test_an_agent_sends_nobody_away(it: ItRota, sign_in: SignIn) -> None:
    words = said(person=it.company.mihai.pk)
    assert sign_in(it.olga).post(f"{PAGE}absence/", words).status_code == 422
    assert not Absence.objects.exists()


def test_the_page_keeps_the_leads_words(it: ItRota, sign_in: SignIn) -> None:
    words = said("2026-03-12", "2026-03-10", person=it.olga.pk, deputy=it.olga.pk)
    answer = sign_in(it.company.jonas).post(f"{PAGE}absence/", words)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Nobody is their own deputy" in page
    assert 'value="2026-03-12"' in page


def test_a_lead_withdraws_and_comes_back_to_the_rota(it: ItRota, sign_in: SignIn) -> None:
    absence = away(it.olga, date(2026, 3, 20))
    answer = withdraw(sign_in(it.company.jonas), absence, next=PAGE)
    assert answer["Location"] == PAGE


def test_nobody_is_sent_to_another_site(it: ItRota, sign_in: SignIn) -> None:
    absence = away(it.olga, date(2026, 3, 20))
    answer = withdraw(sign_in(it.olga), absence, next="https://elsewhere.example/")
    assert answer["Location"] == "/me/"


def test_a_lead_sees_who_is_away_and_an_agent_only_themselves(it: ItRota, sign_in: SignIn) -> None:
    away(it.olga, date(2026, 3, 20))
    away(it.company.mihai, date(2026, 3, 21))
    seen = [one.person for one in sign_in(it.company.jonas).get(PAGE).context["page"].absences]
    assert seen == [it.olga, it.company.mihai]
    seen = [one.person for one in sign_in(it.olga).get(PAGE).context["page"].absences]
    assert seen == [it.olga]
