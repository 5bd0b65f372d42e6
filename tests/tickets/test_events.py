"""The event log: what each kind says, who reads it, and that it is never rewritten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from departments.models import Priority
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions, events
from tickets.actions import timekeeping
from tickets.events import DESK_ONLY, Kind, sentence
from tickets.models import ActorKind, Outcome, State, Ticket, TicketEvent
from tickets.reactions import running

LATER = MONDAY + timedelta(minutes=10)
Act = Callable[[Ticket, Company], object]
MADE_BY_PEOPLE: list[tuple[Kind, Act, str]] = [
    (Kind.OPENED, lambda t, c: None, "Elif Yıldız asked for help."),
    (
        Kind.REPLIED,
        lambda t, c: actions.reply(t, by=c.mihai, body="Hi", at=LATER),
        "Mihai Ionescu replied.",
    ),
    (
        Kind.NOTED,
        lambda t, c: actions.note(t, by=c.mihai, body="Hm", at=LATER),
        "Mihai Ionescu wrote an internal note.",
    ),
    (
        Kind.ASSIGNED,
        lambda t, c: actions.assign(t, to=c.mihai, by=c.mihai, at=LATER),
        "Mihai Ionescu took it.",
    ),
    (
        Kind.ASSIGNED,
        lambda t, c: actions.assign(t, to=c.mihai, by=c.jonas, at=LATER),
        "Jonas Bauer gave it to Mihai Ionescu.",
    ),
    (
        Kind.WAITING,
        lambda t, c: actions.set_state(t, State.WAITING_THIRD_PARTY, by=c.mihai, at=LATER),
        "Mihai Ionescu set it to “Waiting for a supplier”; the clock may be held.",
    ),
    (
        Kind.RESOLVED,
        lambda t, c: actions.resolve(t, by=c.mihai, at=LATER),
        "Mihai Ionescu says that it is solved.",
    ),
    (
        Kind.CLOSED,
        lambda t, c: actions.close(t, by=c.mihai, outcome=Outcome.SPAM, at=LATER),
        "Mihai Ionescu closed it.",
    ),
    (
        Kind.CLOSED,
        lambda t, c: actions.withdraw(t, by=c.elif_, at=LATER),
        "Elif Yıldız took the request back.",
    ),
    (
        Kind.PRIORITY_CHANGED,
        lambda t, c: actions.change_priority(t, Priority.HIGH, by=c.mihai, at=LATER),
        "Mihai Ionescu changed the priority to High.",
    ),
    (
        Kind.CATEGORY_CHANGED,
        lambda t, c: actions.change_category(t, c.battery, by=c.mihai, at=LATER),
        "Mihai Ionescu changed the kind of problem to Battery or charging.",
    ),
    (
        Kind.MOVED,
        lambda t, c: actions.move(t, to=c.finance, by=c.mihai, at=LATER),
        "Mihai Ionescu moved it from IT to Finance.",
    ),
    (
        Kind.PARTICIPANT_ADDED,
        lambda t, c: actions.add_participant(t, person=c.olga, by=c.elif_, at=LATER),
        "Elif Yıldız added Olga Lindqvist.",
    ),
]


@pytest.mark.parametrize(("kind", "act", "words"), MADE_BY_PEOPLE)
def test_what_somebody_did_is_one_event_and_one_sentence(
    make: Make, company: Company, kind: Kind, act: Act, words: str
) -> None:
    ticket = make.ticket()
    act(ticket, company)
    event = ticket.events.latest("pk")
    assert (event.kind, sentence(event)) == (kind, words)


def test_taking_up_again_has_its_sentence(make: Make, company: Company) -> None:
    ticket = actions.set_state(make.ticket(), State.WAITING_APPROVAL, by=company.mihai, at=LATER)
    actions.set_state(ticket, State.OPEN, by=company.mihai, at=LATER)
    event = ticket.events.get(kind=Kind.RESUMED)
    assert sentence(event) == "Mihai Ionescu took it up again."


def test_reopening_has_its_sentence(make: Make, company: Company) -> None:
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=LATER)
    actions.reopen(ticket, by=company.elif_, at=LATER)
    event = ticket.events.get(kind=Kind.REOPENED)
    assert sentence(event) == "Elif Yıldız reopened it: not solved yet."


def test_removing_somebody_has_its_sentence(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_, at=LATER)
    actions.remove_participant(ticket, person=company.olga, by=company.elif_, at=LATER)
    event = ticket.events.get(kind=Kind.PARTICIPANT_REMOVED)
    assert sentence(event) == "Elif Yıldız removed Olga Lindqvist."


def test_an_acknowledgement_has_its_sentence(make: Make) -> None:
    ticket = make.ticket()
    running.react_to_pending()
    event = ticket.events.get(kind=Kind.ACKNOWLEDGED)
    assert (sentence(event), event.caused_by) == ("We confirmed by e-mail.", ticket.events.first())


def test_the_clock_speaks_of_its_promise(make: Make) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=MONDAY + timedelta(minutes=25))
    timekeeping.sweep(now=MONDAY + timedelta(minutes=35))
    said = {event.kind: sentence(event) for event in ticket.events.filter(actor=None)}
    assert said[Kind.CLOCK_WARNED] == "The promise is close: first answer."
    assert said[Kind.CLOCK_BREACHED] == "The promise was missed: first answer."


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (Kind.MAIL_FOLDED, {"reason": "List-Id"}),
        (Kind.MAIL_QUARANTINED, {"reason": "unknown sender"}),
        (Kind.MAIL_FAILED, {"to": "elif@aldera.example", "reason": "no such user"}),
    ],
)
def test_mail_says_why(make: Make, kind: Kind, facts: dict[str, Any]) -> None:
    event = events.record(
        make.ticket(), kind, at=LATER, by=None, actor_kind=ActorKind.MAIL, **facts
    )
    assert all(words in sentence(event) for words in facts.values())


@pytest.mark.parametrize("kind", sorted(DESK_ONLY))
def test_the_desks_own_events_are_hidden_from_the_requester(
    make: Make, company: Company, kind: Kind
) -> None:
    event = events.record(make.ticket(), kind, at=LATER, by=company.mihai)
    assert not TicketEvent.objects.visible_to(company.elif_).filter(pk=event.pk).exists()
    assert TicketEvent.objects.visible_to(company.mihai).filter(pk=event.pk).exists()


def test_names_stay_as_they_were(make: Make, company: Company) -> None:
    ticket = actions.move(make.ticket(), to=company.finance, by=company.mihai, at=LATER)
    company.finance.name = "Money"
    company.finance.save()
    assert "Finance" in sentence(ticket.events.latest("pk"))


def test_a_name_with_a_percent_sign_breaks_no_sentence(make: Make, company: Company) -> None:
    company.olga.name = "100 %(who)s"
    company.olga.save()
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_, at=LATER)
    assert sentence(ticket.events.latest("pk")).endswith("100 %(who)s.")


@pytest.mark.parametrize("language", ["en", "de", "tr", "ro", "ja"])
def test_every_sentence_can_be_said_in_every_language(
    make: Make, company: Company, language: str
) -> None:
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=LATER)
    with translation.override(language):
        assert all("%(" not in sentence(event) for event in ticket.events.all())
