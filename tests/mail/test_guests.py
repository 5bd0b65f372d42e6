"""Guests: they ask and hear from us by mail, and there is no other door for them."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from departments import directory
from departments.actions import people, tokens
from departments.models import Person, Service
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, taken_in
from tickets import actions, permissions
from tickets.forms.desk import people_called, suggested_people
from tickets.forms.requester import people_called as colleagues_called
from tickets.mail import outbound, senders
from tickets.models import InboundMail, Mailbox, Message, OutboundMail, State, Ticket

Outcome = InboundMail.Outcome
SignIn = Callable[[Person], Client]
WorkOff = Callable[[], None]
DENIZ = "Deniz Canary <deniz@home.example>"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


@pytest.fixture(autouse=True)
def open_box(company: Company) -> None:
    Mailbox.objects.filter(address="it@aldera.example").update(takes_guests=True)


def asked(sender: str = DENIZ, **fields: str) -> Ticket:
    ticket = taken_in(letter(sender, **fields)).ticket
    assert ticket is not None
    return ticket


@pytest.fixture
def deniz(company: Company) -> Person:
    return asked(subject="Canary subject", body="Canary words").requester


# --- In -------------------------------------------------------------------------------------------


def test_anybody_elses_mail_is_a_guests_request(deniz: Person) -> None:
    row = InboundMail.objects.get()
    assert row.outcome == Outcome.TICKET
    assert "Deniz Canary was added as a guest" in row.reason
    assert (deniz.is_guest, deniz.is_active, deniz.is_provisional) == (True, False, False)
    assert asked(subject="Again").requester == deniz


def test_only_where_the_mailbox_allows() -> None:
    other = taken_in(letter(DENIZ, to="helpdesk@aldera.example"), to="helpdesk@aldera.example")
    assert (other.outcome, other.ticket) == (Outcome.QUARANTINED, None)


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("noreply@home.example", {}),
        ("deniz@home.example", {"Auto_Submitted": "auto-replied"}),
        ("elif@a1dera.example", {}),
        ("Elif Yıldız <elif@home.example>", {}),
    ],
)
def test_who_is_no_guest(sender: str, headers: dict[str, str]) -> None:
    assert taken_in(letter(sender, **headers)).ticket is None
    assert not Person.objects.filter(is_guest=True).exists()


def test_a_bomb_of_guests_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "GUESTS_AN_HOUR", 2)
    rows = [taken_in(letter(f"{name}@home.example")) for name in ("ann", "bob", "kay")]
    assert [row.outcome for row in rows] == [Outcome.TICKET] * 2 + [Outcome.QUARANTINED]


def test_a_guest_writes_to_their_own_request_alone(
    deniz: Person, make: Make, work_off: WorkOff
) -> None:
    own = Ticket.objects.get()
    foreign = make.ticket()
    work_off()
    theirs, elifs = (OutboundMail.objects.get(ticket=ticket) for ticket in (own, foreign))
    assert taken_in(answer(theirs, "More.", sender=DENIZ)).ticket == own
    tagged = taken_in(letter(DENIZ, subject=f"[{foreign.number}]"))
    assert tagged.ticket not in {own, foreign}
    stolen = taken_in(answer(elifs, sender=DENIZ))
    assert stolen.outcome == Outcome.QUARANTINED
    assert not Message.objects.filter(ticket=foreign, author=deniz).exists()


def test_a_guest_wakes_nobody_at_night() -> None:
    assert not asked(Importance="high").cannot_wait


def test_a_guests_answer_goes_on_where_it_waited(
    company: Company, deniz: Person, work_off: WorkOff
) -> None:
    ticket = Ticket.objects.get()
    actions.reply(ticket, by=company.mihai, body="Which room?", then=State.WAITING_REQUESTER)
    work_off()
    mail = OutboundMail.objects.get(person=deniz, kind="reply")
    taken_in(answer(mail, "Room 4.", sender=DENIZ))
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN


# --- No other door --------------------------------------------------------------------------------


def test_the_database_lets_no_guest_sign_in(deniz: Person) -> None:
    for change in ({"is_active": True}, {"is_administrator": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.filter(pk=deniz.pk).update(**change)


def test_no_password_no_link_no_token_opens(deniz: Person, work_off: WorkOff) -> None:
    Person.objects.filter(pk=deniz.pk).update(password=make_password("right"))
    client = Client()
    client.post(reverse("account_login"), {"login": deniz.email, "password": "right"})
    assert "_auth_user_id" not in client.session
    client.post(reverse("account_reset_password"), {"email": deniz.email})
    work_off()
    assert not OutboundMail.objects.filter(kind="account").exists()
    assert not EmailAddress.objects.exists()
    with pytest.raises(Refused):
        tokens.issue(deniz)
    forced = Client()
    forced.force_login(deniz, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert forced.get(reverse("home")).status_code == 302


def test_a_guest_is_in_no_list_of_people(company: Company, deniz: Person, sign_in: SignIn) -> None:
    assert deniz not in directory.listed()
    assert directory.find("Deniz") == []
    assert directory.known_by_name(deniz.pk) is None
    assert deniz not in suggested_people()
    assert not people_called("Deniz").exists()
    assert not people_called(deniz.email).exists()
    assert colleagues_called("Deniz") == colleagues_called(deniz.email) == []
    assert deniz not in permissions.people_who_may_work(company.it, None)
    client = sign_in(company.mihai)
    assert client.get(deniz.get_absolute_url()).status_code == 404
    ticket = Ticket.objects.get()
    page = client.get(ticket.get_desk_url()).content.decode()
    assert deniz.get_absolute_url() not in page
    assert "opens none of our pages" in page


def test_nobody_makes_a_guest_follow_or_asks_in_their_name(
    company: Company, deniz: Person, make: Make
) -> None:
    ticket = make.ticket()
    with pytest.raises(Refused, match="is a guest"):
        actions.add_participant(ticket, person=deniz, by=company.mihai)
    for verb in ("work", "note", "decide", "invite", "refile"):
        assert not permissions.may(deniz, verb, Ticket.objects.get(requester=deniz))
    with pytest.raises(Refused):
        people.take_on(deniz.email, by=company.sam)


def test_a_guest_reads_along_in_no_merged_request(
    company: Company, deniz: Person, make: Make
) -> None:
    own, foreign = Ticket.objects.get(), make.ticket()
    with pytest.raises(Refused, match="is a guest"):
        actions.merge(own, into=foreign, by=company.mihai)
    second = asked(subject="Again")
    actions.merge(own, into=second, by=company.mihai)
    actions.merge(foreign, into=second, by=company.mihai)
    assert not Ticket.objects.visible_to(deniz).filter(pk=foreign.pk).exists()


def test_what_is_for_a_department_is_not_offered_to_guests(company: Company, deniz: Person) -> None:
    company.expenses.audience.add(company.finance)
    assert company.expenses not in Service.objects.askable_by(deniz)


# --- Out ------------------------------------------------------------------------------------------


def mail_of(kind: str) -> OutboundMail:
    return OutboundMail.objects.get(kind=kind)


def words(mail: OutboundMail) -> str:
    return f"{mail.subject}\n{mail.text}\n{mail.html}\n{mail.headers}"


def test_the_confirmation_says_nothing_of_theirs_and_leads_nowhere(
    deniz: Person, work_off: WorkOff
) -> None:
    work_off()
    mail = mail_of("acknowledgement")
    assert "Canary" not in words(mail)
    assert mail.subject == f"[{Ticket.objects.get().number}] Your request"
    assert "We have your mail." in mail.text
    for page in ("/requests/", "/tickets/", "href=", "on the page"):
        assert page not in words(mail)
    assert mail.headers["Auto-Submitted"] == "auto-replied"


def test_answers_lead_to_no_page_they_cannot_open(
    company: Company, deniz: Person, work_off: WorkOff
) -> None:
    ticket = Ticket.objects.get()
    actions.reply(ticket, by=company.mihai, body="It is mended.")
    actions.resolve(ticket, by=company.mihai)
    work_off()
    for kind in ("reply", "resolved"):
        mail = mail_of(kind)
        assert mail.to_address == deniz.email
        assert "Canary subject" not in mail.subject
        assert "/requests/" not in words(mail)
        assert "/account" not in words(mail)
    assert "It is mended." in mail_of("reply").text


def test_each_guest_is_confirmed_once_an_hour_and_all_together_to_a_measure(
    monkeypatch: pytest.MonkeyPatch, work_off: WorkOff
) -> None:
    monkeypatch.setattr(outbound, "GUESTS_TOLD_AN_HOUR", 2)
    for name in ("ann", "ann", "bob", "kay"):
        asked(f"{name}@home.example")
    work_off()
    told = OutboundMail.objects.filter(kind="acknowledgement").order_by("pk")
    assert [mail.to_address for mail in told] == ["ann@home.example", "bob@home.example"]
    assert Ticket.objects.count() == 4


def test_a_lead_sees_that_the_writer_is_known(
    company: Company, deniz: Person, sign_in: SignIn
) -> None:
    row = taken_in(letter(DENIZ, to="helpdesk@aldera.example", Auto_Submitted="auto-replied"))
    page = sign_in(company.jonas).get(reverse("letter", args=[row.pk])).content.decode()
    assert "Canary" in page
    Person.objects.filter(pk=deniz.pk).update(is_guest=False)
    assert taken_in(letter(DENIZ)).outcome == Outcome.QUARANTINED
