"""Planning a rota through its pages: how a desk is called, layers and turns, and who may."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.actions import rota as actions
from departments.models import Membership, Person, Role, Rota, RotaLayer, RotaSeat
from departments.on_call import people_on_call
from helpdesk.lib.errors import Refused
from helpdesk.lib.secrets import unseal
from tests.cast import Company
from tests.conftest import MONDAY
from tests.departments.rotas import DAY, ItRota, join, layer_of

SignIn = Callable[[Person], Client]
SECRET = "a secret of some length"
SETUP = "/desk/it/on-call/setup/"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def it(company: Company) -> ItRota:
    return ItRota(company)


@pytest.fixture
def lead(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


def paging(**changes: str) -> dict[str, str]:
    return {
        "wait_minutes": "10",
        "rounds": "2",
        "webhook_url": "",
        "webhook_secret": "",
    } | changes


def said(places: dict[Person, int], **changes: str) -> dict[str, str]:
    """What the layer's form sends."""
    words = {
        "name": "First line",
        "handover": "weekly",
        "weekday": "0",
        "handover_at": "09:00",
        "time_zone": "Europe/Istanbul",
        "starts_on": "2026-03-09",
    }
    return words | {f"place_{one.pk}": str(place) for one, place in places.items()} | changes


def order(layer: RotaLayer) -> list[str]:
    seats = RotaSeat.objects.filter(layer=layer).order_by("position")
    return [seat.person.first_name for seat in seats]


# --- Who may ----------------------------------------------------------------------------------

PAGES = [SETUP, "/desk/it/on-call/layers/new/", "/desk/it/on-call/layers/{first}/"]


@pytest.mark.parametrize("page", PAGES)
def test_a_lead_opens_every_page_of_planning(it: ItRota, lead: Client, page: str) -> None:
    assert lead.get(page.format(first=it.first.pk)).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "/desk/it/on-call/layers/{first}/remove/"])
@pytest.mark.parametrize("who", ["mihai", "andreea", "elif_", "sam", "tom"])
def test_for_everybody_else_planning_does_not_exist(
    it: ItRota, sign_in: SignIn, page: str, who: str
) -> None:
    client = sign_in(getattr(it.company, who))
    address = page.format(first=it.first.pk)
    assert client.get(address).status_code in {404, 405}
    assert client.post(address, said({})).status_code == 404


def test_a_layer_of_another_desk_is_not_found(it: ItRota, sign_in: SignIn) -> None:
    page = f"/desk/hr/on-call/layers/{it.first.pk}/"
    assert sign_in(it.company.andreea).get(page).status_code == 404


@pytest.mark.parametrize("who", ["mihai", "andreea", "sam", "olga"])
def test_the_actions_refuse_who_does_not_lead(it: ItRota, who: str) -> None:
    person = getattr(it.company, who)
    with pytest.raises(Refused):
        actions.set_up(it.company.it, by=person)
    with pytest.raises(Refused):
        layer_of(it.rota, [it.company.mihai], by=person)
    with pytest.raises(Refused):
        actions.remove_layer(it.first, by=person)


def test_a_head_who_does_not_lead_reads_and_plans_nothing(it: ItRota, sign_in: SignIn) -> None:
    it.company.it.head = it.company.elif_
    it.company.it.save()
    client = sign_in(it.company.elif_)
    page = client.get("/desk/it/on-call/").content.decode()
    assert "Mihai Ionescu" in page
    assert "Edit the rota" not in page
    assert "Take over" not in page
    assert client.get(SETUP).status_code == 404


# --- How people are called ----------------------------------------------------------------------


def test_a_lead_says_how_people_are_called(company: Company, lead: Client) -> None:
    assert lead.post(SETUP, paging(wait_minutes="5", rounds="3")).status_code == 302
    rota = Rota.objects.get()
    assert (rota.wait_minutes, rota.rounds, rota.webhook_url) == (5, 3, "")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("wait_minutes", "0"),
        ("wait_minutes", "241"),
        ("wait_minutes", ""),
        ("rounds", "0"),
        ("rounds", "11"),
        ("rounds", "often"),
        ("webhook_url", "ftp://paging.example/"),
        ("webhook_url", "javascript:alert(1)"),
        ("webhook_url", "no address"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_words_kept(
    company: Company, lead: Client, field: str, wrong: str
) -> None:
    answer = lead.post(SETUP, paging(**{field: wrong, "webhook_secret": SECRET}))
    assert answer.status_code == 422
    assert answer.context["form"][field].value() == wrong
    assert not Rota.objects.exists()


def test_the_secret_is_stored_sealed_and_never_shown(company: Company, lead: Client) -> None:
    words = paging(webhook_url="https://paging.example/in", webhook_secret=SECRET)
    page = lead.post(SETUP, words, follow=True).content.decode()
    rota = Rota.objects.get()
    assert SECRET not in rota.webhook_secret
    assert unseal(rota.webhook_secret) == SECRET
    assert SECRET not in page
    assert "One is stored" in page


def test_an_empty_secret_keeps_the_one_that_is_there(company: Company, lead: Client) -> None:
    address = "https://paging.example/in"
    lead.post(SETUP, paging(webhook_url=address, webhook_secret=SECRET))
    assert lead.post(SETUP, paging(webhook_url=address, rounds="4")).status_code == 302
    assert unseal(Rota.objects.get().webhook_secret) == SECRET


def test_without_an_address_the_secret_goes_too(company: Company, lead: Client) -> None:
    lead.post(SETUP, paging(webhook_url="https://paging.example/in", webhook_secret=SECRET))
    lead.post(SETUP, paging())
    assert Rota.objects.get().webhook_secret == ""


def test_an_address_without_a_secret_is_refused(company: Company, lead: Client) -> None:
    answer = lead.post(SETUP, paging(webhook_url="https://paging.example/in"))
    assert answer.status_code == 422
    assert "Enter a secret too" in answer.content.decode()
    assert not Rota.objects.filter(webhook_url__gt="").exists()


def test_a_short_secret_is_refused(company: Company, lead: Client) -> None:
    words = paging(webhook_url="https://paging.example/in", webhook_secret="short")
    answer = lead.post(SETUP, words)
    assert answer.status_code == 422
    assert "at least 16 characters" in answer.content.decode()


def test_a_short_secret_is_refused_by_the_action_too(company: Company) -> None:
    with pytest.raises(Refused, match="at least 16"):
        actions.set_up(
            company.it, by=company.jonas, webhook_url="https://x.example/", webhook_secret="short"
        )


@pytest.mark.parametrize("field", ["wait_minutes", "rounds"])
def test_the_database_keeps_the_ladder_finite(company: Company, field: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Rota.objects.create(department=company.it, **{field: 0})


# --- Layers -------------------------------------------------------------------------------------


def test_the_first_layer_makes_the_rota_too(company: Company, lead: Client) -> None:
    words = said({company.mihai: 1, company.jonas: 2})
    answer = lead.post("/desk/it/on-call/layers/new/", words)
    assert answer["Location"] == "/desk/it/on-call/"
    layer = RotaLayer.objects.get()
    assert order(layer) == ["Mihai", "Jonas"]
    assert (layer.rota.department, layer.position) == (company.it, 1)


def test_a_new_layer_is_called_last(it: ItRota, lead: Client) -> None:
    lead.post("/desk/it/on-call/layers/new/", said({it.company.mihai: 1}, name="Third line"))
    assert [layer.name for layer in it.rota.layers.order_by("position")][-1] == "Third line"


def test_the_form_begins_with_the_leads_own_zone_and_today(company: Company, lead: Client) -> None:
    form = lead.get("/desk/it/on-call/layers/new/").context["form"]
    assert form["time_zone"].value() == "Europe/Berlin"
    assert form["starts_on"].value() == date(2026, 3, 9)


def test_only_who_answers_at_the_desk_can_be_given_a_turn(it: ItRota, lead: Client) -> None:
    join(it.company.tom, it.company.it, Role.OBSERVER)
    form = lead.get("/desk/it/on-call/layers/new/").context["form"]
    offered = {person.first_name for person, _field in form.places()}
    assert offered == {"Mihai", "Olga", "Jonas"}


@pytest.mark.parametrize("who", ["tom", "elif_", "andreea"])
def test_the_action_takes_nobody_from_elsewhere(it: ItRota, who: str) -> None:
    with pytest.raises(Refused, match="does not work at this desk"):
        layer_of(it.rota, [getattr(it.company, who)], name="Third line")


def test_an_observer_takes_no_turns(it: ItRota) -> None:
    tom = join(it.company.tom, it.company.it, Role.OBSERVER)
    with pytest.raises(Refused, match="does not work at this desk"):
        layer_of(it.rota, [tom], name="Third line")


def test_nobody_takes_two_turns(it: ItRota) -> None:
    with pytest.raises(Refused, match="twice"):
        layer_of(it.rota, [it.company.mihai, it.company.mihai], name="Third line")


def test_a_layer_without_people_is_refused(it: ItRota, lead: Client) -> None:
    answer = lead.post("/desk/it/on-call/layers/new/", said({}, name="Third line"))
    assert answer.status_code == 422
    assert "at least one person" in answer.content.decode()
    with pytest.raises(Refused, match="at least one person"):
        layer_of(it.rota, [], name="Third line")


def test_a_name_is_taken_once(it: ItRota, lead: Client) -> None:
    answer = lead.post("/desk/it/on-call/layers/new/", said({it.company.mihai: 1}))
    assert answer.status_code == 422
    assert "a layer with this name already" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""),
        ("handover", "hourly"),
        ("weekday", "7"),
        ("handover_at", "25:00"),
        ("handover_at", ""),
        ("time_zone", "Mars/Olympus"),
        ("starts_on", "1900-01-01"),
        ("starts_on", "2028-01-01"),
        ("starts_on", "tomorrow"),
    ],
)
def test_a_layer_that_makes_no_sense_is_refused_with_the_words_kept(
    company: Company, lead: Client, field: str, wrong: str
) -> None:
    words = said({company.mihai: 1}, **{field: wrong})
    answer = lead.post("/desk/it/on-call/layers/new/", words)
    assert answer.status_code == 422
    assert answer.context["form"][field].value() == wrong
    assert not RotaLayer.objects.exists()


@pytest.mark.parametrize("place", ["0", "-1", "first", "1000"])
def test_a_place_is_a_number(company: Company, lead: Client, place: str) -> None:
    words = said({company.mihai: 1}) | {f"place_{company.jonas.pk}": place}
    answer = lead.post("/desk/it/on-call/layers/new/", words)
    assert answer.status_code == 422
    assert "Choose 1, 2, 3 and so on." in answer.content.decode()


def test_numbers_may_leave_out_some(company: Company, lead: Client) -> None:
    lead.post("/desk/it/on-call/layers/new/", said({company.jonas: 7, company.mihai: 30}))
    assert order(RotaLayer.objects.get()) == ["Jonas", "Mihai"]


# --- Changing a layer ---------------------------------------------------------------------------


def edit(client: Client, layer: RotaLayer, places: dict[Person, int], **changes: str) -> Any:
    words = said(places, name=layer.name, **changes)
    return client.post(f"/desk/it/on-call/layers/{layer.pk}/", words)


def test_saving_without_a_change_changes_nothing(it: ItRota, lead: Client) -> None:
    before = RotaLayer.objects.filter(pk=it.first.pk).values().get()
    with time_machine.travel(MONDAY + 9 * DAY, tick=False):
        edit(lead, it.first, {it.company.mihai: 1, it.olga: 2})
    assert RotaLayer.objects.filter(pk=it.first.pk).values().get() == before
    assert order(it.first) == ["Mihai", "Olga"]


def test_who_is_on_call_stays_when_somebody_joins(it: ItRota, lead: Client) -> None:
    with time_machine.travel(MONDAY + 9 * DAY, tick=False):  # Olga's week.
        edit(lead, it.first, {it.company.jonas: 1, it.company.mihai: 2, it.olga: 3})
        assert people_on_call(it.company.it, MONDAY + 9 * DAY)[0].person == it.olga
    assert order(it.first) == ["Olga", "Jonas", "Mihai"]
    assert people_on_call(it.company.it, MONDAY + 14 * DAY)[0].person == it.company.jonas


def test_two_with_the_same_place_the_one_who_was_moved_goes_first(it: ItRota, lead: Client) -> None:
    fresh = layer_of(it.rota, [it.company.mihai, it.olga], name="Later", starts_on=date(2026, 4, 6))
    edit(lead, fresh, {it.company.mihai: 1, it.olga: 1}, starts_on="2026-04-06")
    assert order(fresh) == ["Olga", "Mihai"]


def test_the_first_day_of_a_layer_that_has_begun_is_not_asked_for(it: ItRota, lead: Client) -> None:
    form = lead.get(f"/desk/it/on-call/layers/{it.first.pk}/").context["form"]
    assert "starts_on" not in form.fields


def test_a_layer_that_has_not_begun_can_begin_on_another_day(it: ItRota, lead: Client) -> None:
    fresh = layer_of(it.rota, [it.olga], name="Later", starts_on=date(2026, 4, 6))
    edit(lead, fresh, {it.olga: 1}, starts_on="2026-04-20")
    fresh.refresh_from_db()
    assert fresh.starts_on == date(2026, 4, 20)


def test_a_new_hour_holds_from_the_next_hand_over(it: ItRota, lead: Client) -> None:
    with time_machine.travel(MONDAY + 2 * DAY, tick=False):
        edit(lead, it.first, {it.company.mihai: 1, it.olga: 2}, handover_at="18:00")
    it.first.refresh_from_db()
    assert it.first.at == time(18)
    evening = MONDAY.replace(hour=14, minute=59) + 7 * DAY  # 17:59 in Istanbul.
    assert people_on_call(it.company.it, evening)[0].person == it.company.mihai
    assert people_on_call(it.company.it, evening.replace(hour=15))[0].person == it.olga


def test_a_removed_layer_is_not_called_any_more(it: ItRota, lead: Client) -> None:
    answer = lead.post(f"/desk/it/on-call/layers/{it.first.pk}/remove/")
    assert answer["Location"] == SETUP
    assert [one.person for one in people_on_call(it.company.it, MONDAY)] == [it.company.jonas]


def test_a_layer_is_removed_by_post_only(it: ItRota, lead: Client) -> None:
    assert lead.get(f"/desk/it/on-call/layers/{it.first.pk}/remove/").status_code == 405


def test_a_layer_after_a_removed_one_gets_its_own_place(it: ItRota, lead: Client) -> None:
    lead.post(f"/desk/it/on-call/layers/{it.first.pk}/remove/")
    lead.post("/desk/it/on-call/layers/new/", said({it.company.mihai: 1}, name="Third line"))
    assert [one.name for one in it.rota.layers.order_by("position")] == [
        "Second line",
        "Third line",
    ]


def test_who_left_the_desk_is_not_in_the_form_and_goes_with_the_next_save(
    it: ItRota, lead: Client
) -> None:
    Membership.objects.filter(person=it.company.mihai).delete()
    form = lead.get(f"/desk/it/on-call/layers/{it.first.pk}/").context["form"]
    assert it.company.mihai not in [person for person, _field in form.places()]
    edit(lead, it.first, {it.olga: 1})
    assert order(it.first) == ["Olga"]


def count(client: Client) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(SETUP)
    return len(asked)


def test_the_list_of_layers_costs_the_same_for_one_and_for_many(it: ItRota, lead: Client) -> None:
    count(lead)  # The company's name is asked for once a minute.
    before = count(lead)
    for number in range(4):
        layer_of(it.rota, [it.company.mihai, it.olga], name=f"More {number}")
    assert count(lead) == before
