"""Our desk wired to machines that bear no sign of one: it falls silent, and people do not."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, pairwise
from string import ascii_lowercase

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from departments.models import EmailAlias, Person
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import answer, letter
from tickets import actions
from tickets.events import Kind
from tickets.mail import intake, loops, outbound, receive
from tickets.mail.same_words import is_short, says_again
from tickets.models import InboundMail, Mailbox, Message, OutboundMail, State, Ticket
from tickets.reactions import running

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
Outcome = InboundMail.Outcome
MINUTE = timedelta(minutes=1)
ROUNDS = 40

# What the other desk says about the mail that it got, whose subject it repeats.
TEMPLATE = """Dear colleague,

we have received your request "{subject}" under the number REQ-{number}.
Somebody will look at it by {number}:00. Please do not send it again.

Facilities, building {number}
"""
WORDS = [
    "lamp",
    "chair",
    "window",
    "door",
    "key",
    "card",
    "light",
    "water",
    "heating",
    "paint",
    "floor",
    "roof",
    "lift",
]


@dataclass
class OtherDesk:
    """Answers every mail with one that bears no header of a machine and its own return path."""

    addresses: list[str]
    body: str = TEMPLATE
    to_reply_address: bool = False
    after: timedelta = MINUTE
    now: datetime = MONDAY
    read: set[int] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def write(self, subject: str, to: str) -> None:
        number = next(self.numbers)
        chance = random.Random(number)
        fresh = " ".join("".join(chance.choices(ascii_lowercase, k=7)) for _word in range(5))
        mail = letter(
            self.addresses[number % len(self.addresses)],
            to=to,
            subject=f"{fresh} {number}",
            body=self.body.format(subject=subject, number=number, fresh=fresh),
        )
        mailbox = receive.mailbox_for(to)
        assert mailbox is not None
        self.now += self.after
        receive.store(mailbox, mail.as_bytes(), "desk@other.example", to, at=self.now)

    def answer_all(self) -> int:
        """One answer to each mail that came since the last time."""
        sent = OutboundMail.objects.filter(state="sent").exclude(pk__in=self.read).order_by("pk")
        fresh = [mail for mail in sent if mail.to_address in self.addresses]
        for mail in fresh:
            self.read.add(mail.pk)
            self.write(mail.subject, mail.headers["Reply-To"] if self.to_reply_address else USUAL)
        return len(fresh)


USUAL = "it@aldera.example"


def work_off() -> None:
    for _round in range(4):
        intake.take_in_waiting()
        running.react_to_pending()
    outbound.send_queued()


def mails_until_silence(*desks: OtherDesk) -> tuple[int, int]:
    """Letters in and mails out, of all that answer each other."""
    for _round in range(ROUNDS):
        work_off()
        if not sum(desk.answer_all() for desk in desks):
            break
    else:
        pytest.fail("they would go on for ever")
    addresses = [address for desk in desks for address in desk.addresses]
    ours = OutboundMail.objects.filter(to_address__in=addresses).count()
    return InboundMail.objects.count(), ours


ELIF, ALIAS = "elif@aldera.example", "elif@home.example"
SENDERS = {
    "an employee": [ELIF],
    "an employee with another address": [ALIAS, ELIF],
    "somebody new of our own domain": ["desk@partner.example"],
    "a new address of our domain each time": [f"desk-{n}@partner.example" for n in range(ROUNDS)],
    "a guest": ["desk@guest.example"],
}


@pytest.fixture(autouse=True)
def open_doors(company: Company) -> None:
    EmailAlias.objects.create(person=company.elif_, address=ALIAS)
    Mailbox.objects.update(allowed_domains="partner.example", takes_guests=True)


@pytest.mark.parametrize(
    ("who", "to_reply_address", "after"),
    [
        *[(who, reply, 13 * MINUTE) for who in SENDERS for reply in (False, True)],
        ("an employee", False, timedelta(seconds=1)),
        ("an employee", False, 300 * MINUTE),
    ],
)
def test_two_desks_that_confirm_each_others_mails_fall_silent_after_five(
    who: str, to_reply_address: bool, after: timedelta
) -> None:
    desk = OtherDesk(SENDERS[who], to_reply_address=to_reply_address, after=after)
    desk.write("Lamp", USUAL)
    theirs, ours = mails_until_silence(desk)
    assert theirs + ours <= 5
    held = InboundMail.objects.filter(outcome=Outcome.QUARANTINED).exclude(because=[])
    assert Message.objects.count() + held.count() == theirs


@pytest.mark.parametrize(
    ("who", "after"),
    [
        ("an employee", 13 * MINUTE),
        ("an employee with another address", MINUTE),
        ("a guest", MINUTE),
    ],
)
def test_a_desk_that_never_says_the_same_is_confirmed_five_times_at_most(
    who: str, after: timedelta
) -> None:
    desk = OtherDesk(SENDERS[who], body="{fresh} " * 3, after=after)
    desk.write("Lamp", USUAL)
    theirs, ours = mails_until_silence(desk)
    assert ours <= 5
    assert Ticket.objects.count() == theirs


def test_two_machines_on_one_request_do_not_keep_each_other_awake(
    make: Make, company: Company
) -> None:
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.jonas, at=MONDAY)
    machines = [
        OtherDesk([address], to_reply_address=True) for address in (ELIF, "mihai@aldera.example")
    ]
    theirs, ours = mails_until_silence(*machines)
    assert (theirs, ours) <= (7, 7)
    assert ticket.messages.filter(channel="mail").count() == 4
    held = InboundMail.objects.filter(outcome=Outcome.QUARANTINED, ticket=ticket)
    assert {row.reason for row in held} == {"it says the same for the third time, as machines do"}
    assert ticket.events.filter(kind=Kind.MAIL_QUARANTINED).count() == 1


def test_what_an_absent_colleagues_program_says_reopens_a_request_twice_at_most(
    make: Make, company: Company
) -> None:
    ticket, desk = make.ticket(), OtherDesk([ELIF], to_reply_address=True, after=26 * 60 * MINUTE)
    reopened = []
    for _time in range(4):
        ticket.refresh_from_db()
        if ticket.state != State.RESOLVED:
            actions.resolve(ticket, by=company.mihai, at=desk.now)
        mails_until_silence(desk)
        ticket.refresh_from_db()
        reopened.append(ticket.state == State.OPEN)
    assert reopened.count(True) <= 2
    assert not reopened[-1]


def test_whoever_reopens_a_request_again_and_again_is_read_by_a_lead(
    make: Make, company: Company
) -> None:
    ticket, now = make.ticket(), MONDAY
    for number in range(loops.REOPENINGS_A_WEEK + 1):
        now += 60 * MINUTE
        actions.resolve(ticket, by=company.mihai, at=now)
        work_off()
        mail = answer(OutboundMail.objects.latest("pk"), f"It fails {WORDS[number]} {number}.")
        row = taken_in(mail.as_bytes(), now)
        ticket.refresh_from_db()
        assert (ticket.state == State.OPEN) == (number < loops.REOPENINGS_A_WEEK)
    assert row.outcome == Outcome.QUARANTINED
    assert row.reason == "Elif Yıldız reopened it by mail 4 times within a week"


def taken_in(raw: bytes, at: datetime) -> InboundMail:
    box = Mailbox.objects.get(address=USUAL)
    row = receive.store(box, raw, "", USUAL, at=at)
    intake.take_in(row.pk)
    row.refresh_from_db()
    return row


# --- People ---------------------------------------------------------------------------------------

MATTERS = """The screen of my laptop stays dark
I need a second charger for the office
Please reset my password for SAP
The printer on the third floor eats paper
Who can let me into the archive tomorrow?
My phone does not get any mail since this morning
Please install the new viewer for drawings
The projector in room 12 is yellow""".splitlines()
SIGNATURE = "\n\nKind regards\nElif Yıldız\nFinance, Aldera GmbH, Hafenstraße 12\nPhone 1234"


def test_eight_different_mails_within_an_hour_are_eight_requests() -> None:
    for number, matter in enumerate(MATTERS):
        row = taken_in(letter(body=matter + SIGNATURE).as_bytes(), MONDAY + number * 7 * MINUTE)
        assert row.outcome == Outcome.TICKET
        assert row.reason == "new request"
    running.react_to_pending()
    assert OutboundMail.objects.filter(kind="acknowledgement").count() == 5


def test_eight_different_answers_within_an_hour_are_eight_replies(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    work_off()
    ours = OutboundMail.objects.get()
    for number, matter in enumerate(MATTERS):
        mail = answer(ours, matter + SIGNATURE)
        assert taken_in(mail.as_bytes(), MONDAY + number * 7 * MINUTE).outcome == Outcome.REPLY
    assert ticket.messages.count() == 9


def test_whoever_is_asked_again_and_again_may_say_yes_each_time(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    for number in range(4):
        at = MONDAY + number * 60 * MINUTE
        actions.reply(ticket, by=company.mihai, body=f"May I come at {number}?", at=at)
        work_off()
        mail = answer(OutboundMail.objects.latest("pk"), "Yes" + SIGNATURE)
        assert taken_in(mail.as_bytes(), at + MINUTE).outcome == Outcome.REPLY


def test_whoever_was_answered_is_confirmed_again_the_same_day(company: Company) -> None:
    def asks(number: int, hours: int) -> bool:
        mail = letter(body=MATTERS[number])
        row = taken_in(mail.as_bytes(), MONDAY + hours * 60 * MINUTE)
        running.react_to_pending()
        return OutboundMail.objects.filter(kind="acknowledgement", ticket=row.ticket).exists()

    assert all(asks(number, 2 * number) for number in range(5))
    assert not asks(5, 11)
    actions.reply(
        Ticket.objects.earliest("pk"), by=company.mihai, body="Hi", at=MONDAY + 700 * MINUTE
    )
    running.react_to_pending()
    assert asks(6, 12)


def test_a_machine_that_a_mailbox_listens_to_may_say_the_same_each_time(company: Company) -> None:
    Mailbox.objects.update(machines="monitor@aldera.example", machines_as=company.jonas)
    for number in range(4):
        mail = letter("monitor@aldera.example", subject=f"Disk {number}", body=TEMPLATE)
        assert taken_in(mail.as_bytes(), MONDAY).outcome == Outcome.TICKET


# --- The measure of a day -------------------------------------------------------------------------


def test_more_than_a_day_can_hold_waits_for_a_lead_who_sees_why(
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    sign_in: Callable[[Person], Client],
) -> None:
    monkeypatch.setattr(loops, "LETTERS_A_DAY", 3)
    rows = [taken_in(letter(body=MATTERS[n]).as_bytes(), MONDAY + n * MINUTE) for n in range(5)]
    assert [row.outcome for row in rows] == [Outcome.TICKET] * 3 + [Outcome.QUARANTINED] * 2
    page = sign_in(company.jonas).get(reverse("letters")).content.decode()
    assert "more than 3 mails of Elif Yıldız within a day" in page
    assert taken_in(letter("olga@aldera.example").as_bytes(), MONDAY).outcome == Outcome.TICKET
    late = taken_in(letter(body=MATTERS[6]).as_bytes(), MONDAY + 25 * 60 * MINUTE)
    assert late.outcome == Outcome.TICKET


def test_more_than_a_conversation_within_an_hour_waits_and_is_told_once(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "REPLIES_AN_HOUR", 2)
    ticket = make.ticket()
    work_off()
    ours = OutboundMail.objects.get()
    outcomes = [taken_in(answer(ours, m).as_bytes(), MONDAY).outcome for m in MATTERS[:4]]
    assert outcomes == [Outcome.REPLY] * 2 + [Outcome.QUARANTINED] * 2
    assert ticket.events.filter(kind=Kind.MAIL_QUARANTINED).count() == 1


# --- The same words -------------------------------------------------------------------------------

ALIKE = [
    (TEMPLATE.format(subject="Lamp", number=1), TEMPLATE.format(subject="A key", number=977)),
    ("ご依頼を受け付けました。番号は12です。", "ご依頼を受け付けました。番号は3471です。"),
    ("Yes", "yes."),
    ("> quoted\nI am away until 5 May.", "I am away until 12 May."),
]
DIFFERENT = [
    *[(one + SIGNATURE, other + SIGNATURE) for one, other in pairwise(MATTERS)],
    ("", ""),
    ("Yes", "Yes" + SIGNATURE),
    ("プリンターが動きません。", "新しい椅子をください。"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_numbers_and_names_make_no_new_words(one: str, other: str) -> None:
    assert says_again(one, other)
    assert says_again(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_new_line_above_the_same_signature_is_new(one: str, other: str) -> None:
    assert not says_again(one, other)
    assert not says_again(other, one)


@given(st.text())
def test_every_text_says_itself_again_unless_it_says_nothing(text: str) -> None:
    assert says_again(text, text) == says_again(text, text + "\n>quoted\n")
    assert says_again(text, text) or is_short(text)


def test_what_people_say_often_is_short() -> None:
    assert all(map(is_short, ["Yes", "Danke!", "Thanks, it works.", "はい、お願いします"]))
    assert not is_short("Thanks, it works now. Have a nice weekend, all of you!")
