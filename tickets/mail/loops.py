"""Machines that bear no sign of one: who says the same again and again, or writes too much.

Two of them that answer each other would go on for ever. Nothing that they write is dropped: a
request is taken and not confirmed, a reply waits for a lead, who reads why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Substr

from departments.models import Person
from tickets.events import Kind
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.same_words import CHARACTERS, is_short, says_again
from tickets.mail.senders import domain_of, is_chatty
from tickets.models import Channel, Message, State, TicketEvent
from tickets.reasons import MACHINE, Reason, reason

WEEK, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)
SAID_TWICE = 2  # Of more than a few words, within a week: the third time is no person.
SAID_OFTEN = 5  # Of a few words, within a day.
COMPARED = 20
LETTERS_A_DAY = 100
REPLIES_AN_HOUR = 10  # By one person on one request, by mail.
REOPENINGS_A_WEEK = 4


@dataclass(frozen=True)
class Said:
    """What somebody wrote by mail before."""

    ticket: int
    at: datetime
    text: str


def verdict_on(case: Case) -> Verdict | None:
    """Why a lead must look first; a request that is only an echo is marked as one and goes on."""
    if case.is_machine:
        return None  # Those have a measure of their own.
    earlier = list(_said_before(case))
    if because := _too_much(case, earlier):
        return _held_back(case, because)
    if _is_echo(case, earlier):
        if case.thread is not None and case.thread.ticket.state != State.CLOSED:
            return _held_back(case, reason("same_again"))
        case.is_echo = True
    return None


def _said_before(case: Case) -> Iterator[Said]:
    """Their letters of a week, the newest first.

    New people of one domain count as one: a desk may give each of its mails its own address.
    """
    person, now = case.person, case.row.received_at
    if not (is_chatty(person) or person.is_provisional or person.is_guest):
        return
    theirs = Q(author=person)
    if person.is_provisional or person.is_guest:
        new = Q(author__is_provisional=True) | Q(author__is_guest=True)
        theirs |= new & Q(author__email__endswith=f"@{domain_of(person.email)}")
    found = Message.objects.filter(theirs, channel=Channel.MAIL, sent_at__gt=now - WEEK)
    rows = found.order_by("-sent_at", "-pk").values_list(
        "ticket", "sent_at", "because", Substr("body", 1, CHARACTERS)
    )
    for ticket, at, because, text in rows[:LETTERS_A_DAY]:
        if not any(each["code"] == MACHINE for each in because):
            yield Said(ticket, at, text)


def _too_much(case: Case, earlier: list[Said]) -> Reason | None:
    now, person = case.row.received_at, case.person
    if sum(said.at > now - DAY for said in earlier) >= LETTERS_A_DAY:
        return reason("too_many_letters", limit=LETTERS_A_DAY, name=person.name)
    ticket = case.thread.ticket if case.thread else None
    if ticket is None or ticket.state == State.CLOSED:
        return None
    here = [said for said in earlier if said.ticket == ticket.pk and said.at > now - HOUR]
    if len(here) >= REPLIES_AN_HOUR:
        return reason("too_many_replies", limit=REPLIES_AN_HOUR, name=person.name)
    if ticket.state == State.RESOLVED and _reopened(ticket.pk, person, now) >= REOPENINGS_A_WEEK:
        return reason("reopened_often", limit=REOPENINGS_A_WEEK, name=person.name)
    return None


def _reopened(ticket: int, person: Person, now: datetime) -> int:
    """How often their replies have reopened it within a week."""
    replies = TicketEvent.objects.filter(ticket=ticket, actor=person, kind=Kind.REPLIED)
    return replies.filter(
        at__gt=now - WEEK, facts__was=State.RESOLVED, facts__state=State.OPEN
    ).count()


def _is_echo(case: Case, earlier: list[Said]) -> bool:
    """Whether they said just this before; of a reply counts only what they said on its request."""
    letter = case.letter
    text = (letter.reply_text.strip() or letter.text)[:CHARACTERS]
    if case.thread is not None:
        earlier = [said for said in earlier if said.ticket == case.thread.ticket.pk]
    needed, span = (SAID_OFTEN, DAY) if is_short(text) else (SAID_TWICE, WEEK)
    since = case.row.received_at - span
    lately = [said for said in earlier[:COMPARED] if said.at > since]
    alike = [said for said in lately if says_again(text, said.text)]
    return len(alike) >= needed and not _was_asked(case, alike[needed - 1].at)


def _was_asked(case: Case, since: datetime) -> bool:
    """Whether somebody has written on the page since then: “Yes” may answer many questions."""
    if case.thread is None:
        return False
    others = Message.objects.filter(ticket=case.thread.ticket, sent_at__gte=since)
    return others.exclude(author=case.person).exclude(channel=Channel.MAIL).public().exists()


def _held_back(case: Case, because: Reason) -> Verdict:
    return Verdict(
        Outcome.QUARANTINED, (because,), ticket=case.thread.ticket if case.thread else None
    )


def is_told(case: Case) -> bool:
    """Whether the request said within the hour that letters for it are held back."""
    if case.thread is None:
        return False
    told = TicketEvent.objects.filter(ticket=case.thread.ticket, kind=Kind.MAIL_QUARANTINED)
    return told.filter(at__gt=case.now - HOUR).exists()
