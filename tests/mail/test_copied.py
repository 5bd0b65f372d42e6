"""Colleagues in the copy of a letter: proposed, and nothing more until a person says so."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from departments.models import Person
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, taken_in
from tickets import actions
from tickets.actions import refiling
from tickets.events import Kind
from tickets.mail.replay import replay
from tickets.models import (
    InboundMail,
    Mailbox,
    Notification,
    OutboundMail,
    Participant,
    ProposedParticipant,
    Ticket,
)

SignIn = Callable[[Person], Client]
WorkOff = Callable[[], None]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
OLGA, TOM = "olga@aldera.example", "Tom Hargreaves <TOM@aldera.example>"


def proposed(ticket: Ticket | None = None) -> list[Person]:
    return [row.person for row in ProposedParticipant.objects.order_by("pk")]


def copy_to(cc: str = OLGA, **fields: str) -> InboundMail:
    return taken_in(letter(Cc=cc, **fields))


def ticket_of(row: InboundMail) -> Ticket:
    assert row.ticket is not None
    return row.ticket


def test_a_colleague_in_copy_is_proposed_and_hears_nothing(
    company: Company, work_off: WorkOff
) -> None:
    ticket = ticket_of(copy_to(f"{OLGA}, {TOM}"))
    work_off()
    assert proposed() == [company.olga, company.tom]
    assert not Participant.objects.exists()
    assert not Ticket.objects.visible_to(company.olga).exists()
    assert not OutboundMail.objects.exclude(person=company.elif_).exists()
    assert not Notification.objects.filter(person=company.olga).exists()
    assert ProposedParticipant.objects.first().message == ticket.messages.get()  # type: ignore[union-attr]


def test_who_is_proposed(company: Company) -> None:
    """Nobody outside, no mailbox of ours, nobody who reads it anyway, nobody in doubt."""
    Person.objects.create(email="gone@aldera.example", name="Gone", is_active=False)
    Person.objects.create(email="new@aldera.example", name="New", is_provisional=True)
    Person.objects.create(email="guest@out.example", name="Guest", is_guest=True, is_active=False)
    names = ("gone@aldera.example", "new@aldera.example", "guest@out.example", "x@out.example")
    ours = ("helpdesk@aldera.example", "hr+x@aldera.example", "it+t1.2.x@aldera.example")
    readers = ("elif@aldera.example", "mihai@aldera.example")
    copy_to(", ".join([*names, *ours, *readers, "broken", OLGA, OLGA.upper()]))
    assert proposed() == [company.olga]


def test_to_counts_as_cc(company: Company) -> None:
    taken_in(letter(to=f"it@aldera.example, {OLGA}"))
    assert proposed() == [company.olga]


def test_at_most_ten_of_a_letter(company: Company) -> None:
    for n in range(12):
        Person.objects.create(email=f"p{n}@aldera.example", name=f"P{n}")
    copy_to(", ".join(f"p{n}@aldera.example" for n in range(12)))
    assert len(proposed()) == 10


def test_a_reply_proposes_too_and_the_same_person_once(
    company: Company, make: Make, work_off: WorkOff
) -> None:
    make.ticket()
    work_off()
    mail = OutboundMail.objects.get()
    taken_in(answer(mail, "One", Cc=OLGA))
    row = taken_in(answer(mail, "Two", Cc=f"{OLGA}, {TOM}"))
    replay(row)
    assert proposed() == [company.olga, company.tom]


def test_a_forged_reply_proposes_nobody(company: Company, make: Make, work_off: WorkOff) -> None:
    make.ticket()
    work_off()
    taken_in(answer(OutboundMail.objects.get(), sender="x@evil.example", Cc=OLGA))
    assert proposed() == []


def test_whom_a_secret_is_about_is_not_proposed(company: Company) -> None:
    first = taken_in(letter(to="hr@aldera.example", Message_ID="<1@x>"), to="hr@aldera.example")
    Ticket.objects.update(subject_person=company.tom)
    more = letter(to="hr@aldera.example", References="<1@x>", Cc=f"{TOM}, {OLGA}")
    assert taken_in(more, to="hr@aldera.example").ticket == first.ticket
    assert proposed() == [company.olga]


def test_machines_propose_nobody(company: Company) -> None:
    Mailbox.objects.update(machines="nagios.example", machines_as=company.elif_)
    taken_in(letter("a@nagios.example", Cc=OLGA))
    assert proposed() == []


@pytest.mark.parametrize("choice", ["accept", "leave_out"])
@pytest.mark.parametrize(
    ("name", "route", "may"),
    [
        ("mihai", "desk_people", True),
        ("jonas", "desk_people", True),
        ("elif_", "ticket_people", True),
        ("olga", "ticket_people", False),
        ("tom", "desk_people", False),
        ("elif_", "desk_people", False),
    ],
)
def test_who_decides(
    company: Company, sign_in: SignIn, choice: str, name: str, route: str, may: bool
) -> None:
    ticket = ticket_of(copy_to())
    row = ProposedParticipant.objects.get()
    client = sign_in(getattr(company, name))
    answered = client.post(reverse(route, args=[ticket.number]), {choice: row.pk})
    row.refresh_from_db()
    follows = Participant.objects.filter(ticket=ticket, person=company.olga).exists()
    assert (row.decided_at is not None) is may
    assert answered.status_code == (302 if may else 404)
    assert (follows, row.is_accepted) == ((choice == "accept") and may,) * 2
    assert ticket.events.filter(kind=Kind.PARTICIPANT_ADDED).exists() is follows


def test_a_requester_decides_only_about_their_own_mail(
    company: Company, make: Make, sign_in: SignIn, work_off: WorkOff
) -> None:
    ticket = make.ticket()
    ticket.participants.create(person=company.tom, added_by=company.elif_)

    actions.reply(ticket, by=company.mihai, body="Hm")
    work_off()
    taken_in(answer(OutboundMail.objects.get(person=company.tom), Cc=OLGA))
    row = ProposedParticipant.objects.get()
    url = reverse("ticket_people", args=[ticket.number])
    for person in (company.elif_, company.tom):
        page = sign_in(person).get(ticket.get_absolute_url()).content.decode()
        assert "Olga" not in page
        sign_in(person).post(url, {"accept": row.pk})
    assert not Participant.objects.filter(person=company.olga).exists()


def test_both_pages_show_it_until_it_is_decided(company: Company, sign_in: SignIn) -> None:
    ticket = ticket_of(copy_to())
    pages = {
        company.elif_: ticket.get_absolute_url(),
        company.mihai: reverse("desk_people", args=[ticket.number]),
    }
    for person, url in pages.items():
        assert "Olga Lindqvist" in sign_in(person).get(url).content.decode()
    desk = sign_in(company.mihai).get(ticket.get_desk_url()).content.decode()
    assert "1 to decide" in desk
    proposal = ProposedParticipant.objects.get()
    refiling.decide_participant(proposal, is_wanted=False, by=company.mihai)
    assert "Olga" not in sign_in(company.elif_).get(pages[company.elif_]).content.decode()


def test_two_who_decide_at_once_decide_once(company: Company, sign_in: SignIn) -> None:
    ticket = ticket_of(copy_to())
    proposal = ProposedParticipant.objects.get()
    refiling.decide_participant(proposal, is_wanted=False, by=company.mihai)
    url = reverse("desk_people", args=[ticket.number])
    late = sign_in(company.jonas).post(url, {"accept": proposal.pk})
    assert late.status_code == 422
    assert "Somebody has decided this meanwhile." in late.content.decode()
    with pytest.raises(Refused, match="meanwhile"):
        refiling.decide_participant(proposal, is_wanted=True, by=company.jonas)
    assert not Participant.objects.exists()


def test_pages_cost_the_same_for_one_and_for_ten(
    company: Company, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(9):
        Person.objects.create(email=f"p{n}@aldera.example", name=f"P{n}")
    one = ticket_of(copy_to())
    ten = ticket_of(copy_to(", ".join([OLGA, *(f"p{n}@aldera.example" for n in range(9))])))
    client = sign_in(company.mihai)
    client.get(one.get_desk_url())
    with django_assert_max_num_queries(60) as asked:
        client.get(one.get_desk_url())
    with django_assert_max_num_queries(len(asked)):
        client.get(ten.get_desk_url())
