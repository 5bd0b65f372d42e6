"""The administration: for administrators only, and blind to what people ask."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from departments.actions import timing, tokens
from departments.models import (
    ApiToken,
    Calendar,
    Department,
    EmailAlias,
    Installation,
    Membership,
    Person,
    Service,
    SLAPolicy,
    TimesChange,
)
from tests.cast import OFFICE_HOURS, Company
from tickets.models import FailedReaction, Mailbox, OutboundMail

SignIn = Callable[[Person], Client]


@pytest.fixture
def sam(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.sam)


def form_of(client: Client, address: str) -> dict[str, Any]:
    """Everything that the browser would send if nothing was touched."""
    page = client.get(address)
    assert page.status_code == 200, address
    context = page.context
    forms = [context["adminform"].form]
    for group in context["inline_admin_formsets"]:
        forms += [group.formset.management_form, *group.formset.forms]
    sent: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False and value != "":
                sent[field.html_name] = "on" if value is True else value
    return sent


def errors_of(answer: Any) -> str:
    page: str = answer.content.decode()
    assert answer.status_code == 200, "it was saved"
    assert "errornote" in page
    return page


def add(client: Client, model: str, **words: Any) -> Any:
    """What the empty form sends, with these words."""
    address = f"/admin/{model}/add/"
    return client.post(address, form_of(client, address) | words)


def change(client: Client, model: str, pk: int, **words: Any) -> Any:
    address = f"/admin/{model}/{pk}/change/"
    sent = form_of(client, address) | words
    return client.post(address, {name: word for name, word in sent.items() if word is not None})


# --- Who gets in ------------------------------------------------------------------------------

PLACES = [
    "",
    "departments/person/",
    "departments/service/",
    "tickets/mailbox/",
    "nothing/",
    "jsi18n/",
]


@pytest.mark.parametrize("place", [*PLACES, "login/", "autocomplete/"])
@pytest.mark.parametrize("who", ["elif_", "mihai", "andreea"])
def test_for_everybody_else_it_does_not_exist(
    company: Company, sign_in: SignIn, place: str, who: str
) -> None:
    assert sign_in(getattr(company, who)).get(f"/admin/{place}").status_code == 404


@pytest.mark.parametrize("place", ["", "departments/person/", "tickets/mailbox/add/"])
def test_a_guest_is_led_to_the_one_sign_in(company: Company, place: str) -> None:
    answer = Client().get(f"/admin/{place}", follow=True)
    address = answer.redirect_chain[-1][0]
    assert address == f"/accounts/login/?next=%2Fadmin%2F{place.replace('/', '%2F')}"


def test_there_is_no_second_door_without_limits(company: Company) -> None:
    company.sam.set_password("a long and good password")
    company.sam.save()
    client = Client()
    client.post(
        "/admin/login/", {"username": company.sam.email, "password": "a long and good password"}
    )
    assert "_auth_user_id" not in client.session


def test_an_administrator_who_left_is_out(company: Company, sam: Client) -> None:
    Person.objects.filter(pk=company.sam.pk).update(is_active=False)
    assert sam.get("/admin/").status_code == 302


def test_signing_out_there_is_signing_out(sam: Client) -> None:
    sam.get("/admin/logout/")
    assert "_auth_user_id" in sam.session
    assert sam.post("/admin/logout/")["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in sam.session


def test_passwords_are_changed_at_the_product_s_own_place(sam: Client) -> None:
    assert sam.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_it_shows_these_rows_and_no_others() -> None:
    shown = {model._meta.label for model in admin.site._registry}
    assert shown == {
        "departments.ApiToken",
        "departments.Calendar",
        "departments.Department",
        "departments.Installation",
        "departments.Person",
        "departments.SLAPolicy",
        "departments.Service",
        "tickets.FailedChore",
        "tickets.FailedReaction",
        "tickets.Mailbox",
        "tickets.WebhookDelivery",
    }


MODELS = [
    "departments/apitoken",
    "departments/calendar",
    "departments/department",
    "departments/installation",
    "departments/person",
    "departments/slapolicy",
    "departments/service",
    "tickets/mailbox",
]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_every_row_opens(company: Company, sam: Client, model: str) -> None:
    tokens.issue(company.elif_)
    page = sam.get(f"/admin/{model}/")
    assert page.status_code == 200
    row = page.context["cl"].result_list[0]
    assert sam.get(f"/admin/{model}/{row.pk}/change/").status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_can_be_deleted_there(company: Company, sam: Client, model: str) -> None:
    tokens.issue(company.elif_)
    row = sam.get(f"/admin/{model}/").context["cl"].result_list[0]
    assert sam.get(f"/admin/{model}/{row.pk}/delete/").status_code == 403
    sent = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    sam.post(f"/admin/{model}/", sent)
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", MODELS)
def test_no_page_there_tells_what_people_asked(
    company: Company, sam: Client, make: Any, model: str
) -> None:
    make.secret()
    make.ticket(summary="Canary-summary open")
    tokens.issue(company.elif_)
    rows = sam.get(f"/admin/{model}/").context["cl"].result_list
    pages = [f"/admin/{model}/", *(f"/admin/{model}/{row.pk}/change/" for row in rows)]
    pages += [f"/admin/{model}/{row.pk}/history/" for row in rows]
    for page in pages:
        assert b"Canary-" not in sam.get(page).content


def test_a_failure_is_shown_without_the_words_it_quotes(
    company: Company, sam: Client, make: Any
) -> None:
    event = make.secret().events.first()
    failure = FailedReaction.objects.create(
        event=event, name="acknowledge", error="ValueError: Canary-words of a request"
    )
    for place in ("", f"{failure.pk}/change/", f"{failure.pk}/history/"):
        page = sam.get(f"/admin/tickets/failedreaction/{place}")
        assert page.status_code == 200
        assert b"Canary-" not in page.content


# --- People -----------------------------------------------------------------------------------

NEW = {
    "name": "İpek Şahin",
    "email": "Ipek@Aldera.Example",
    "language": "de",
    "time_zone": "Europe/Istanbul",
    "theme": "auto",
    "density": "auto",
    "is_active": "on",
}


def test_a_person_is_made_with_a_password(company: Company, sam: Client) -> None:
    answer = add(sam, "departments/person", **NEW, new_password="a long and good password")
    made = Person.objects.get(name="İpek Şahin")
    assert answer.status_code == 302
    assert made.email == "ipek@aldera.example"
    assert made.check_password("a long and good password")


def test_or_gets_a_link_to_choose_one(company: Company, sam: Client) -> None:
    add(sam, "departments/person", **NEW, send_link="on")
    made = Person.objects.get(name="İpek Şahin")
    assert not made.has_usable_password()
    assert "/accounts/password/reset/key/" in OutboundMail.objects.get(person=made).text


def test_links_are_sent_to_several_at_once_but_not_to_who_left(
    company: Company, sam: Client
) -> None:
    Person.objects.filter(pk=company.tom.pk).update(is_active=False)
    chosen = [company.elif_.pk, company.mihai.pk, company.tom.pk]
    sam.post("/admin/departments/person/", {"action": "send_links", "_selected_action": chosen})
    assert {mail.person for mail in OutboundMail.objects.all()} == {company.elif_, company.mihai}


def test_saving_a_person_leaves_the_password_alone(company: Company, sam: Client) -> None:
    company.elif_.set_password("a long and good password")
    company.elif_.save()
    assert change(sam, "departments/person", company.elif_.pk, called="Eli").status_code == 302
    kept = Person.objects.get(pk=company.elif_.pk)
    assert kept.called == "Eli"
    assert kept.check_password("a long and good password")


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("email", "ELIF@aldera.example", "Somebody else has this address"),
        ("email", "ｅｌｉｆ@aldera.example", "valid email"),
        ("email", "elıf@aldera.example", "plain letters"),
        ("email", "second@aldera.example", "Somebody else has this address"),
        ("email", "no address", "valid email"),
        ("email", "", "required"),
        ("name", "", "required"),
        ("time_zone", "Mars/Olympus", "valid choice"),
        ("new_password", "short", "too short"),
    ],
)
def test_what_makes_no_sense_about_a_person_is_refused(
    company: Company, sam: Client, field: str, wrong: str, words: str
) -> None:
    EmailAlias.objects.create(person=company.elif_, address="second@aldera.example")
    assert words in errors_of(add(sam, "departments/person", **(NEW | {field: wrong})))
    assert not Person.objects.filter(name="İpek Şahin").exists()


def alias(address: str) -> dict[str, str]:
    return {"aliases-TOTAL_FORMS": "1", "aliases-0-address": address}


def test_a_further_address_is_kept_in_plain_form(company: Company, sam: Client) -> None:
    change(sam, "departments/person", company.elif_.pk, **alias("E.Yildiz@Aldera.Example"))
    assert Person.objects.with_address("e.yildiz@aldera.example").get() == company.elif_


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("Jonas@aldera.example", "Somebody else"),
        ("Elif@aldera.example", "own address already"),
        ("jonaş@aldera.example", "valid email"),
    ],
)
def test_a_further_address_is_nobody_else_s(
    company: Company, sam: Client, address: str, words: str
) -> None:
    answer = change(sam, "departments/person", company.elif_.pk, **alias(address))
    assert words in errors_of(answer)


def test_nobody_is_above_themselves(company: Company, sam: Client) -> None:
    Person.objects.filter(pk=company.mihai.pk).update(manager=company.jonas)
    answer = change(sam, "departments/person", company.jonas.pk, manager=company.mihai.pk)
    assert "above and below" in errors_of(answer)


@pytest.mark.parametrize("right", ["is_active", "is_administrator"])
def test_the_last_administrator_stays(company: Company, sam: Client, right: str) -> None:
    answer = change(sam, "departments/person", company.sam.pk, **{right: None})
    assert "at least one administrator" in errors_of(answer)
    Person.objects.filter(pk=company.olga.pk).update(is_administrator=True)
    assert change(sam, "departments/person", company.sam.pk, **{right: None}).status_code == 302


def test_work_at_a_desk_is_given_and_taken(company: Company, sam: Client) -> None:
    given = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-department": company.it.pk,
        "memberships-0-role": "observer",
    }
    change(sam, "departments/person", company.olga.pk, **given)
    assert Membership.objects.get(person=company.olga).role == "observer"
    change(sam, "departments/person", company.olga.pk, **{"memberships-0-DELETE": "on"})
    assert not Membership.objects.filter(person=company.olga).exists()


# --- Departments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "words"), [("IT", "already exists"), ("it", "capital letters"), ("1A", "capital")]
)
def test_a_prefix_is_in_capitals_and_belongs_to_one_desk(
    company: Company, sam: Client, prefix: str, words: str
) -> None:
    new = {"name": "Legal", "slug": "legal", "prefix": prefix, "order": "0"}
    assert words in errors_of(add(sam, "departments/department", **new))


def test_a_prefix_stays_once_numbers_were_given_with_it(company: Company, sam: Client) -> None:
    change(sam, "departments/department", company.it.pk, prefix="XX", name="Computing")
    kept = Department.objects.get(pk=company.it.pk)
    assert (kept.name, kept.prefix) == ("Computing", "IT")


def test_a_department_is_not_below_itself(company: Company, sam: Client) -> None:
    Department.objects.filter(pk=company.hr.pk).update(parent=company.it)
    answer = change(sam, "departments/department", company.it.pk, parent=company.hr.pk)
    assert "descendant of itself" in errors_of(answer)


def test_a_service_is_only_looked_at(company: Company, sam: Client) -> None:
    address = f"/admin/departments/service/{company.letter.pk}/change/"
    assert sam.post(address, {"group": [company.sam.pk]}).status_code == 403
    assert company.sam not in Service.objects.get(pk=company.letter.pk).group.all()
    assert sam.get("/admin/departments/service/add/").status_code == 403


def test_there_is_one_installation(company: Company, sam: Client) -> None:
    assert sam.get("/admin/departments/installation/add/").status_code == 403
    change(sam, "departments/installation", 1, company="Aldera & Sons")
    assert Installation.objects.get().company == "Aldera & Sons"


# --- Time -------------------------------------------------------------------------------------


def test_a_calendar_is_only_looked_at_there(company: Company, sam: Client) -> None:
    address = f"/admin/departments/calendar/{company.calendar.pk}/change/"
    assert "Istanbul office" in sam.get(address).content.decode()
    assert sam.post(address, {"name": "Never"}).status_code == 403
    assert sam.get("/admin/departments/calendar/add/").status_code == 403
    kept = Calendar.objects.get()
    assert (kept.name, kept.version.number) == ("Istanbul office", 1)


def test_a_department_with_other_hours_takes_its_running_clocks_along(
    company: Company, sam: Client
) -> None:
    other = timing.found_calendar("Other", OFFICE_HOURS)
    change(sam, "departments/department", company.it.pk, calendar=other.pk)
    assert TimesChange.objects.get().department == company.it


def test_other_words_about_a_department_move_no_clock(company: Company, sam: Client) -> None:
    change(sam, "departments/department", company.it.pk, name="Computing")
    assert not TimesChange.objects.exists()


def test_a_promise_is_only_looked_at_there(company: Company, sam: Client) -> None:
    address = f"/admin/departments/slapolicy/{company.policy.pk}/change/"
    assert "Standard" in sam.get(address).content.decode()
    assert sam.post(address, {"name": "Quick"}).status_code == 403
    assert sam.get("/admin/departments/slapolicy/add/").status_code == 403
    kept = SLAPolicy.objects.get()
    assert (kept.name, kept.version.number) == ("Standard", 1)


# --- Mailboxes and keys -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"address": "ELIF@aldera.example"}, "a person"),
        ({"address": "It@Aldera.Example"}, "already"),
        ({"address": "no address"}, "valid email"),
        ({"desk": "0"}, "valid choice"),
    ],
)
def test_a_mailbox_that_makes_no_sense_is_refused(
    company: Company, sam: Client, words: dict[str, str], said: str
) -> None:
    new = {"address": "new@aldera.example", "name": "New", "desk": company.it.pk}
    assert said in errors_of(add(sam, "tickets/mailbox", **(new | words)))


def test_a_mailbox_leads_to_a_service_of_its_own_desk(company: Company, sam: Client) -> None:
    new = {"address": "New@aldera.example", "name": "New", "desk": company.it.pk}
    answer = add(sam, "tickets/mailbox", **new, service=company.letter.pk)
    assert "same desk" in errors_of(answer)
    add(sam, "tickets/mailbox", **new, service=company.laptop.pk)
    assert Mailbox.objects.get(name="New").address == "new@aldera.example"


def test_a_key_is_revoked_there_and_never_shown(company: Company, sam: Client) -> None:
    secret = tokens.issue(company.elif_)
    key = ApiToken.objects.get()
    for page in ("/admin/departments/apitoken/", f"/admin/departments/apitoken/{key.pk}/change/"):
        shown = sam.get(page).content.decode()
        assert key.digest not in shown
        assert secret not in shown
    sam.post("/admin/departments/apitoken/", {"action": "revoke", "_selected_action": [key.pk]})
    assert tokens.person_of(secret) is None
