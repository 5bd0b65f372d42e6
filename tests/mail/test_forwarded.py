"""What an agent forwards to the desk: kept whole, and opened for its writer with one click."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from departments.actions import timing
from departments.models import Person, Priority, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from helpdesk.lib.errors import Refused
from tests.cast import PROMISES, Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, taken_in
from tickets import actions, verification
from tickets.actions import refiling
from tickets.events import Kind, sentence
from tickets.mail import forwarded
from tickets.mail.letter import Address, Letter
from tickets.mail.replay import replay
from tickets.models import (
    Mailbox,
    OutboundMail,
    Participant,
    ProposedRequester,
    Ticket,
)

SignIn = Callable[[Person], Client]
WorkOff = Callable[[], None]
ELIF = Address("Elif Yıldız", "elif@aldera.example")
BELOW = "\n\nThe screen is dark."


# --- Finding the letter inside --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "head", "writer"),
    [
        (
            "FW: Screen",
            "From: Elif Yıldız <elif@aldera.example>\nSent: Monday\nTo: M <m@x>\nSubject: Screen",
            ELIF,
        ),
        (
            "Fwd: Screen",
            "---------- Forwarded message ---------\nFrom: Elif Yıldız <elif@aldera.example>\n"
            "Date: Mon, 9 Mar 2026 at 10:00\nSubject: Screen\nTo: <m@x.example>",
            ELIF,
        ),
        (
            "Fwd: Screen",
            "Begin forwarded message:\n\n> From: Elif Yıldız <elif@aldera.example>\n"
            "> Subject: Screen\n> Date: 9 March\n> To: m@x.example\n> \n> Dark.",
            ELIF,
        ),
        (
            "WG: Bildschirm",
            "Von: Elif Yıldız [mailto:elif@aldera.example]\nGesendet: Montag\nAn: M\nBetreff: B",
            ELIF,
        ),
        (
            "TR: Écran",
            "De : Elif Yıldız <elif@aldera.example>\nEnvoyé : lundi\nÀ : M\nObjet : Écran",
            ELIF,
        ),
        (
            "RV: Pantalla",
            "*De:* Elif Yıldız <elif@aldera.example>\n*Enviado el:* lunes\n*Para:* M\n*Asunto:* P",
            ELIF,
        ),
        (
            "İLT: Ekran",
            "Kimden: Elif Yıldız <elif@aldera.example>\nGönderildi: Pazartesi\nKime: M\nKonu: E",
            ELIF,
        ),
        (
            "VS: Skärm",
            "Från: Elif Yıldız <elif@aldera.example>\nSkickat: måndag\nTill: M\nÄmne: S",
            ELIF,
        ),
        (
            "转发：屏幕",
            "发件人： Elif Yıldız <elif@aldera.example>\n发送时间： 周一\n收件人： M\n主题： 屏幕",
            ELIF,
        ),
        (
            "転送: 画面",
            "差出人: Elif Yıldız <elif@aldera.example>\n送信日時: 月曜\n宛先: M\n件名: 画面",
            ELIF,
        ),
        ("FW: Screen", "From: Elif Yıldız\nSent: Monday\nSubject: S", Address("Elif Yıldız", "")),
        ("FW: Screen", "From: elif@aldera.example\nSent: x\nTo: y", Address("", ELIF.address)),
        # What is none.
        ("Screen", "From: Elif <elif@aldera.example>\nSent: Monday\nTo: M\nSubject: S", None),
        ("Re: FW: Screen", "From: Elif <e@x.example>\nSent: Monday\nTo: M\nSubject: S", None),
        ("Forward this", "From: Elif <e@x.example>\nSent: Monday\nTo: M\nSubject: S", None),
        ("FW: Screen", "From: Monday on it is dark.\nTo: me it seems broken.", None),
        ("FW: Screen", "", None),
    ],
)
def test_who_wrote_what_is_forwarded(subject: str, head: str, writer: Address | None) -> None:
    found = forwarded.found_in(Letter(subject=subject, text=f"Please look.\n\n{head}{BELOW}"))
    assert (found.writer if found else None) == writer


@given(st.text(), st.text())
def test_no_words_break_it(head: str, body: str) -> None:
    forwarded.found_in(Letter(subject=f"FW: {head}", text=f"From: {body}\nSent: {head}\nTo: x"))


# --- The ticket -----------------------------------------------------------------------------------


def inline(writer: str = "Elif Yıldız <elif@aldera.example>", **fields: str) -> EmailMessage:
    body = f"Please look.\n\nFrom: {writer}\nSent: Monday\nTo: Mihai\nSubject: Screen{BELOW}"
    fields.setdefault("subject", "FW: Screen")
    return letter(fields.pop("sender", "mihai@aldera.example"), body=body, **fields)


def attached() -> EmailMessage:
    mail = letter("mihai@aldera.example", subject="Fwd: Screen", body="Please look.")
    mail.add_attachment(letter("Elif Yıldız <elif@aldera.example>", body="The screen is dark."))
    return mail


def filed(mail: EmailMessage, **fields: str) -> Ticket:
    ticket = taken_in(mail, **fields).ticket
    assert ticket is not None
    return ticket


def choose(client: Client, ticket: Ticket, choice: str, person: str = "") -> int:
    url = reverse("desk_open_for", args=[ticket.number])
    return client.post(url, {"choice": choice, "person": person}).status_code


def confirmed() -> list[Person | None]:
    return [mail.person for mail in OutboundMail.objects.filter(kind="acknowledgement")]


@pytest.mark.django_db
@pytest.mark.parametrize("mail", [inline(), attached()], ids=["inline", "attached"])
def test_it_opens_at_once_with_every_word(
    company: Company, mail: EmailMessage, work_off: WorkOff, sign_in: SignIn
) -> None:
    ticket = filed(mail)
    work_off()
    said = ticket.messages.get()
    assert (ticket.requester, ticket.filed_by) == (company.mihai, None)
    assert "Please look." in said.body
    assert "The screen is dark." in said.body
    assert said.joined_because == "somebody of the desk forwarded it"
    assert ProposedRequester.objects.get().person == company.elif_
    assert confirmed() == []
    page = sign_in(company.jonas).get(ticket.get_desk_url()).content.decode()
    assert "Open it for Elif Yıldız?" in page
    assert not Ticket.objects.visible_to(company.elif_).exists()


@pytest.mark.django_db
def test_one_click_makes_it_the_writers(
    company: Company, work_off: WorkOff, sign_in: SignIn
) -> None:
    ticket = filed(inline())
    work_off()
    assert choose(sign_in(company.mihai), ticket, "yes") == 302
    work_off()
    ticket.refresh_from_db()
    assert (ticket.requester, ticket.filed_by) == (company.elif_, company.mihai)
    assert not Participant.objects.exists()
    assert confirmed() == [company.elif_]
    changed = ticket.events.get(kind=Kind.REQUESTER_CHANGED)
    assert sentence(changed) == "Mihai Ionescu opened it for Elif Yıldız, who wrote the mail."
    page = sign_in(company.jonas).get(ticket.get_desk_url()).content.decode()
    assert "Open it for" not in page
    reply = answer(OutboundMail.objects.get(kind="acknowledgement"), "Thank you.")
    assert taken_in(reply).ticket == ticket


@pytest.mark.django_db
def test_or_it_stays_the_agents(company: Company, work_off: WorkOff, sign_in: SignIn) -> None:
    ticket = filed(inline())
    work_off()
    assert choose(sign_in(company.mihai), ticket, "keep") == 302
    work_off()
    ticket.refresh_from_db()
    assert ticket.requester == company.mihai
    assert confirmed() == [company.mihai]
    kept = ticket.events.get(kind=Kind.FORWARD_KEPT)
    assert sentence(kept) == "Mihai Ionescu says that it is the request of Mihai Ionescu."
    assert not kept.is_public
    assert choose(sign_in(company.jonas), ticket, "yes") == 302
    ticket.refresh_from_db()
    assert ticket.requester == company.mihai


@pytest.mark.django_db
def test_for_an_unknown_writer_a_person_is_chosen(company: Company, sign_in: SignIn) -> None:
    ticket = filed(inline("Deniz <deniz@home.example>"))
    client = sign_in(company.mihai)
    page = client.get(ticket.get_desk_url()).content.decode()
    assert "a mail of deniz@home.example, whom we do not know" in page
    url = reverse("desk_open_for", args=[ticket.number])
    assert client.get(url).status_code == 200
    assert choose(client, ticket, "yes") == 422
    wrong = client.post(url, {"choice": "choose", "person": "Nobody Here"})
    assert wrong.status_code == 422
    assert "Nobody Here" in wrong.content.decode()
    assert choose(client, ticket, "choose") == 422
    assert choose(client, ticket, "maybe") == 422
    assert choose(client, ticket, "choose", "Olga Lindqvist") == 302
    ticket.refresh_from_db()
    assert (ticket.requester, ticket.filed_by) == (company.olga, company.mihai)


@pytest.mark.django_db
def test_a_name_without_address_is_enough_when_one_has_it(company: Company) -> None:
    filed(inline("Elif Yıldız"))
    assert ProposedRequester.objects.get().person == company.elif_


@pytest.mark.django_db
@pytest.mark.parametrize(
    "mail",
    [
        inline(sender="olga@aldera.example"),
        inline(sender="tom@aldera.example"),
        inline("Mihai Ionescu <mihai@aldera.example>"),
        inline("IT <it+t1.2.x@aldera.example>"),
        inline(subject="Screen"),
    ],
    ids=["no agent", "agent elsewhere", "their own", "our own", "no forward"],
)
def test_what_proposes_nobody(company: Company, mail: EmailMessage, work_off: WorkOff) -> None:
    ticket = filed(mail)
    work_off()
    assert not ProposedRequester.objects.exists()
    assert confirmed() == [ticket.requester]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "status"),
    [("mihai", 302), ("jonas", 302), ("elif_", 404), ("tom", 404), ("sam", 404), ("olga", 404)],
)
def test_who_may_say_whose_it_is(company: Company, sign_in: SignIn, name: str, status: int) -> None:
    ticket = filed(inline())
    client = sign_in(getattr(company, name))
    assert client.get(reverse("desk_open_for", args=[ticket.number])).status_code == (
        200 if status == 302 else 404
    )
    assert choose(client, ticket, "yes") == status


@pytest.mark.django_db
def test_a_follower_and_an_observer_may_not(company: Company, sign_in: SignIn) -> None:
    ticket = filed(inline())
    ticket.participants.create(person=company.olga, added_by=company.mihai)
    company.tom.memberships.create(department=company.it, role="observer")
    for person in (company.olga, company.tom):
        assert choose(sign_in(person), ticket, "yes") == 404


@pytest.mark.django_db
def test_in_confidence_who_forwarded_it_decides_on_their_own_page(
    company: Company, sign_in: SignIn
) -> None:
    mail = inline(sender="misaki@aldera.example", to="hr@aldera.example")
    ticket = filed(mail, to="hr@aldera.example")
    client = sign_in(company.misaki)
    assert client.get(ticket.get_desk_url()).status_code == 404
    assert "Open it for Elif Yıldız?" in client.get(ticket.get_absolute_url()).content.decode()
    for name in ("sam", "jonas"):
        assert choose(sign_in(getattr(company, name)), ticket, "yes") == 404
    assert choose(client, ticket, "yes") == 302
    assert client.get(ticket.get_desk_url()).status_code == 200


@pytest.mark.django_db
def test_whom_a_secret_is_about_is_never_its_requester(company: Company) -> None:
    mail = inline(sender="misaki@aldera.example", to="hr@aldera.example")
    ticket = filed(mail, to="hr@aldera.example")
    Ticket.objects.update(subject_person=company.elif_)
    with pytest.raises(Refused, match="cannot be opened for Elif"):
        refiling.open_for(ticket, person=company.elif_, by=company.andreea)


@pytest.mark.django_db
def test_what_is_over_or_decided_is_refused(company: Company) -> None:
    ticket = filed(inline())
    with pytest.raises(Refused, match="already"):
        refiling.open_for(ticket, person=company.mihai, by=company.jonas)
    actions.close(ticket, by=company.jonas)
    with pytest.raises(Refused, match="closed"):
        refiling.open_for(ticket, person=company.elif_, by=company.jonas)
    refiling.keep_own(ticket, by=company.jonas)
    with pytest.raises(Refused, match="meanwhile"):
        refiling.keep_own(ticket, by=company.jonas)


@pytest.mark.django_db
def test_the_clocks_count_for_the_writer_from_the_start(company: Company) -> None:
    now = timezone.now()
    ticket = filed(inline())
    actions.reply(ticket, by=company.mihai, body="One more thing.", at=now + timedelta(minutes=1))
    refiling.open_for(ticket, person=company.elif_, by=company.mihai, at=now + timedelta(minutes=2))
    first = ticket.clocks.get(kind=TargetKind.FIRST_RESPONSE)
    assert first.stopped_at is None
    answered_at = now + timedelta(minutes=3)
    actions.reply(ticket, by=company.mihai, body="We look.", at=answered_at)
    first.refresh_from_db()
    assert first.stopped_at == answered_at
    actions.reply(ticket, by=company.elif_, body="Thanks, and?", at=now + timedelta(minutes=4))
    assert list(verification.differences(now=now + timedelta(minutes=5))) == []


@pytest.mark.django_db
def test_nobody_owes_an_answer_any_more_to_who_forwarded_it(company: Company) -> None:
    now = timezone.now()
    rule = TargetRule(Priority.NORMAL, TargetKind.NEXT_RESPONSE, 60)
    timing.change_policy(company.policy, PromiseRules((*PROMISES.targets, rule)), by=None)
    ticket = filed(inline())
    actions.reply(ticket, by=company.jonas, body="Which screen?", at=now + timedelta(minutes=1))
    actions.reply(ticket, by=company.mihai, body="I do not know.", at=now + timedelta(minutes=2))
    assert ticket.clocks.filter(kind=TargetKind.NEXT_RESPONSE).exists()
    refiling.open_for(ticket, person=company.elif_, by=company.mihai, at=now + timedelta(minutes=3))
    assert not ticket.clocks.filter(kind=TargetKind.NEXT_RESPONSE).exists()
    actions.reply(ticket, by=company.elif_, body="The left one.", at=now + timedelta(minutes=4))
    assert ticket.clocks.filter(kind=TargetKind.NEXT_RESPONSE).count() == 1
    assert list(verification.differences(now=now + timedelta(minutes=5))) == []


@pytest.mark.django_db
def test_whom_a_secret_is_about_decides_nothing(company: Company) -> None:
    mail = inline(sender="misaki@aldera.example", to="hr@aldera.example")
    ticket = filed(mail, to="hr@aldera.example")
    for person in (company.andreea, company.misaki):
        Ticket.objects.update(subject_person=person)
        with pytest.raises(Refused, match="may not"):
            refiling.keep_own(ticket, by=person)


@pytest.mark.django_db
def test_reading_it_again_changes_nothing(company: Company) -> None:
    row = taken_in(inline())
    before = row.message and row.message.body
    assert not replay(row).is_changed
    row.refresh_from_db()
    assert row.message is not None
    assert row.message.body == before
    assert (Ticket.objects.count(), ProposedRequester.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_guest_may_be_the_writer(
    company: Company, make: Make, work_off: WorkOff, sign_in: SignIn
) -> None:
    Mailbox.objects.update(takes_guests=True)
    taken_in(letter("Deniz <deniz@home.example>", subject="Before"))
    work_off()
    ticket = filed(inline("Deniz <deniz@home.example>"))
    assert choose(sign_in(company.mihai), ticket, "yes") == 302
    ticket.refresh_from_db()
    assert ticket.requester.is_guest
