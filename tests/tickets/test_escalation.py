"""Steps of a promise: each once per clock, at its instant, by the right people, told in the log."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from departments.actions import timing
from departments.models import Membership, Person, Priority, Role, TargetKind
from departments.promise_rules import PromiseRules, StepRule
from tests.cast import PROMISES, Company
from tests.conftest import MONDAY, Make
from tickets import actions, sla
from tickets.actions import timekeeping
from tickets.events import Kind, sentence
from tickets.models import (
    Clock,
    Escalation,
    Message,
    Notification,
    OutboundMail,
    State,
    Ticket,
    TicketEvent,
)
from tickets.reactions import running

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST = TargetKind.FIRST_RESPONSE
DUE = MONDAY + 30 * MINUTE  # of the first answer to an urgent ticket

SignIn = Callable[[Person], Client]
Promised = Callable[..., None]


def step(does: str = "notify_lead", minutes: int = -10, **more: Any) -> StepRule:
    return StepRule(key=more.pop("key", does), kind=FIRST, minutes=minutes, does=does, **more)


@pytest.fixture
def promised(company: Company) -> Promised:
    """Make the house promise with these steps from now on."""

    def promise(*steps: StepRule) -> None:
        timing.change_policy(company.policy, replace(PROMISES, steps=steps), by=None)

    return promise


def escalations(ticket: Ticket) -> list[TicketEvent]:
    return list(ticket.events.filter(kind=Kind.CLOCK_ESCALATED).order_by("pk"))


def only(ticket: Ticket) -> TicketEvent:
    (event,) = escalations(ticket)
    return event


def urgent(make: Make, **fields: Any) -> Ticket:
    return make.ticket(priority=Priority.URGENT, **fields)


def told(kind: str = "escalated") -> set[str]:
    """Who got a mail of this kind."""
    return {mail.to_address.partition("@")[0] for mail in OutboundMail.objects.filter(kind=kind)}


# --- When -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "instant"),
    [
        (step(minutes=-10), DUE - 10 * MINUTE),
        (step(minutes=0), DUE),
        (step(minutes=20), DUE + 20 * MINUTE),
        # Friday 16:30 in Istanbul is due at 17:00; business time goes on on Monday at 9.
        (step(minutes=60, is_business=True), DUE + HOUR),
        (step(minutes=60, is_business=False), DUE + HOUR),
    ],
)
def test_a_step_is_taken_at_its_distance_from_due(
    make: Make, promised: Promised, rule: StepRule, instant: Any
) -> None:
    promised(rule)
    ticket = urgent(make)
    timekeeping.sweep(now=instant - timedelta(seconds=1))
    assert escalations(ticket) == []
    timekeeping.sweep(now=instant)
    assert only(ticket).at == instant


@pytest.mark.parametrize(("is_business", "waits"), [(True, 65), (False, 1)])
def test_business_time_stands_still_while_the_desk_is_closed(
    make: Make, promised: Promised, is_business: bool, waits: int
) -> None:
    promised(step(minutes=60, is_business=is_business))
    friday = MONDAY + 4 * DAY + 6 * HOUR + 30 * MINUTE  # 16:30 there; due when the desk closes
    ticket = urgent(make, at=friday)
    timekeeping.sweep(now=friday + 30 * MINUTE + waits * HOUR)
    assert only(ticket).at == friday + 30 * MINUTE + waits * HOUR


def test_a_step_is_taken_once_however_often_we_look(make: Make, promised: Promised) -> None:
    promised(step())
    ticket = urgent(make)
    for minute in range(20, 60, 5):
        timekeeping.sweep(now=MONDAY + minute * MINUTE)
    assert len(escalations(ticket)) == 1
    assert Escalation.objects.count() == 1


def test_a_worker_that_was_away_takes_every_step_once_with_its_true_instant(
    make: Make, promised: Promised
) -> None:
    promised(step(minutes=-10), step("note", 5, text="Hurry"), step("page", 10))
    ticket = urgent(make)
    timekeeping.sweep(now=MONDAY + 3 * DAY)
    timekeeping.sweep(now=MONDAY + 3 * DAY)
    assert [(event.facts["does"], event.at) for event in escalations(ticket)] == [
        ("notify_lead", DUE - 10 * MINUTE),
        ("note", DUE + 5 * MINUTE),
        ("page", DUE + 10 * MINUTE),
    ]
    done = Escalation.objects.values_list("done_at", flat=True)
    assert set(done) == {MONDAY + 3 * DAY}


def test_a_step_that_would_be_before_the_request_is_taken_when_it_comes(
    make: Make, promised: Promised
) -> None:
    promised(step(minutes=-120))
    ticket = urgent(make)
    timekeeping.sweep(now=MONDAY + MINUTE)
    assert only(ticket).at == MONDAY


def test_an_answer_before_the_step_leaves_nothing_to_do(
    make: Make, promised: Promised, company: Company
) -> None:
    promised(step(), step("note", 10, text="Hurry"))
    ticket = urgent(make)
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 5 * MINUTE)
    timekeeping.sweep(now=MONDAY + DAY)
    assert escalations(ticket) == []


def test_an_answer_while_the_worker_was_away_leaves_nothing_to_do(
    make: Make, promised: Promised, company: Company
) -> None:
    promised(step())
    ticket = urgent(make)
    actions.reply(ticket, by=company.mihai, body="Hi", at=DUE + 5 * MINUTE)
    timekeeping.sweep(now=MONDAY + DAY)
    assert escalations(ticket) == []


def test_a_held_clock_takes_no_step_until_it_runs_again(
    make: Make, promised: Promised, company: Company
) -> None:
    promised(step())
    ticket = urgent(make)
    actions.set_state(ticket, State.WAITING_APPROVAL, by=company.mihai, at=MONDAY + 5 * MINUTE)
    timekeeping.sweep(now=MONDAY + 2 * HOUR)
    assert escalations(ticket) == []
    actions.set_state(ticket, State.OPEN, by=company.mihai, at=MONDAY + 3 * HOUR)
    timekeeping.sweep(now=MONDAY + 4 * HOUR)
    assert only(ticket).at == MONDAY + 3 * HOUR + 15 * MINUTE


def test_a_step_moves_with_its_due_time_and_is_still_taken_once(
    make: Make, promised: Promised, company: Company
) -> None:
    promised(step())
    ticket = urgent(make)
    timekeeping.sweep(now=DUE - 5 * MINUTE)
    actions.change_priority(ticket, Priority.NORMAL, by=company.mihai, at=DUE - 4 * MINUTE)
    timekeeping.sweep(now=MONDAY + DAY)
    assert len(escalations(ticket)) == 1


def test_a_version_that_renames_nothing_does_not_take_a_step_again(
    make: Make, promised: Promised
) -> None:
    promised(step())
    ticket = urgent(make)
    timekeeping.sweep(now=DUE - 5 * MINUTE)
    promised(step(minutes=-5), step("note", 5, text="Hurry"))
    sla.settle(Ticket.objects.get(pk=ticket.pk), at=DUE - 4 * MINUTE)
    timekeeping.sweep(now=MONDAY + DAY)
    assert [event.facts["does"] for event in escalations(ticket)] == ["notify_lead", "note"]


def test_what_is_next_stands_on_the_clock(make: Make, promised: Promised) -> None:
    promised(step(minutes=-10), step("note", 5, text="Hurry"))
    ticket = urgent(make)
    for now, expected in (
        (MONDAY, DUE - 10 * MINUTE),
        (DUE - 10 * MINUTE, DUE + 5 * MINUTE),
        (DUE + 5 * MINUTE, None),
    ):
        timekeeping.sweep(now=now)
        assert Clock.objects.get(ticket=ticket, kind=FIRST).step_at == expected


@pytest.mark.parametrize("kind", [TargetKind.NEXT_RESPONSE, TargetKind.WORKAROUND])
def test_the_other_promises_have_steps_of_their_own(
    make: Make, company: Company, kind: TargetKind
) -> None:
    targets = [replace(t, kind=kind) for t in PROMISES.targets if t.kind == FIRST]
    rules = PromiseRules((*PROMISES.targets, *targets), (replace(step(), kind=kind),))
    timing.change_policy(company.policy, rules, by=None)
    ticket = urgent(make)
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY)
    actions.reply(ticket, by=company.elif_, body="And now?", at=MONDAY)
    timekeeping.sweep(now=DUE)
    assert only(ticket).facts["clock"] == kind


# --- What -----------------------------------------------------------------------------------------


def test_reassigning_gives_it_to_the_person_named(
    make: Make, promised: Promised, company: Company, work_off: Callable[[], None]
) -> None:
    promised(step("reassign", person_id=company.jonas.pk))
    ticket = actions.assign(urgent(make), to=company.mihai, by=company.mihai, at=MONDAY)
    timekeeping.sweep(now=DUE)
    assert Ticket.objects.get(pk=ticket.pk).assignee == company.jonas
    given = ticket.events.filter(kind=Kind.ASSIGNED).latest("pk")
    assert (given.actor, given.actor_kind, given.caused_by) == (None, "clock", only(ticket))
    assert sentence(given) == "The clock gave it to Jonas Bauer."
    work_off()
    assert told("assigned") == {"jonas"}


def test_the_priority_is_raised_by_one_and_the_clocks_follow(
    make: Make, promised: Promised
) -> None:
    promised(step("raise_priority", -10))
    ticket = make.ticket(priority=Priority.HIGH)
    timekeeping.sweep(now=MONDAY + 50 * MINUTE)
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.URGENT
    changed = ticket.events.get(kind=Kind.PRIORITY_CHANGED)
    assert (changed.actor_kind, changed.caused_by) == ("clock", only(ticket))
    late = ticket.events.get(kind=Kind.CLOCK_BREACHED)
    assert late.at == DUE  # Under the new promise it is late from the start on.


@pytest.mark.parametrize("priority", list(Priority))
def test_raising_stops_at_urgent(make: Make, promised: Promised, priority: Priority) -> None:
    promised(step("raise_priority", 0))
    ticket = make.ticket(priority=priority)
    timekeeping.sweep(now=MONDAY + 10 * DAY)
    expected = max(Priority.URGENT, priority - 1)
    assert Ticket.objects.get(pk=ticket.pk).priority == expected
    assert len(escalations(ticket)) == 1


def test_raising_never_answers_its_own_echo(make: Make, promised: Promised) -> None:
    promised(
        step("raise_priority", -30, key="a"),
        step("raise_priority", -20, key="b"),
        step("raise_priority", -10, key="c"),
    )
    ticket = make.ticket(priority=Priority.LOW)
    for hour in range(100):
        timekeeping.sweep(now=MONDAY + hour * HOUR)
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.URGENT
    assert len(escalations(ticket)) == 3
    assert ticket.events.filter(kind=Kind.PRIORITY_CHANGED).count() == 3


def test_a_note_is_written_by_nobody_and_seen_by_the_desk_alone(
    make: Make, promised: Promised, company: Company, sign_in: SignIn
) -> None:
    promised(step("note", text="Call the **supplier**."))
    ticket = urgent(make)
    timekeeping.sweep(now=DUE)
    note = Message.objects.get(ticket=ticket, kind=Message.Kind.NOTE)
    assert (note.author, note.body) == (None, "Call the **supplier**.")
    page = sign_in(company.mihai).get(ticket.get_desk_url()).content.decode()
    assert "<strong>supplier</strong>" in page
    assert "supplier" not in sign_in(company.elif_).get(ticket.get_absolute_url()).content.decode()


def test_paging_is_asked_for_in_the_log(make: Make, promised: Promised) -> None:
    promised(step("page"))
    ticket = urgent(make)
    timekeeping.sweep(now=DUE)
    assert sentence(only(ticket)) == "Escalated (first answer): the person on call is paged."


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("notify_lead", "Escalated (first answer): the leads were told."),
        ("notify_owner", "Escalated (first answer): the owner was told."),
        ("notify_person", "Escalated (first answer): Jonas Bauer was told."),
        ("reassign", "Escalated (first answer): given to Jonas Bauer."),
        ("raise_priority", "Escalated (first answer): the priority was raised."),
        ("note", "Escalated (first answer): a note was written."),
    ],
)
def test_each_step_is_a_line_of_the_desks_timeline(
    make: Make, promised: Promised, company: Company, sign_in: SignIn, does: str, words: str
) -> None:
    promised(step(does, person_id=company.jonas.pk, text="Hurry"))
    ticket = actions.assign(urgent(make), to=company.mihai, by=company.mihai, at=MONDAY)
    timekeeping.sweep(now=DUE)
    assert words in sign_in(company.mihai).get(ticket.get_desk_url()).content.decode()
    assert words not in sign_in(company.elif_).get(ticket.get_absolute_url()).content.decode()


# --- Who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("does", "who"),
    [
        ("notify_lead", {"jonas"}),
        ("notify_owner", {"mihai"}),
        ("notify_person", {"jonas"}),
        ("raise_priority", set()),
        ("page", set()),
    ],
)
def test_a_step_tells_whom_it_names_by_mail_and_notice_once(
    make: Make, promised: Promised, company: Company, does: str, who: set[str]
) -> None:
    promised(step(does, person_id=company.jonas.pk))
    ticket = actions.assign(urgent(make), to=company.mihai, by=company.mihai, at=MONDAY)
    timekeeping.sweep(now=DUE - 10 * MINUTE)
    event = only(ticket)
    for _worker in range(2):
        TicketEvent.objects.update(reacted_at=None, claimed_at=None)
        running.react_to_pending()
    assert told() == who
    notices = Notification.objects.filter(event=event)
    assert {notice.person.email.partition("@")[0] for notice in notices} == who


def test_without_an_owner_the_leads_are_told(
    make: Make, promised: Promised, company: Company
) -> None:
    promised(step("notify_owner"))
    ticket = urgent(make)
    timekeeping.sweep(now=DUE)
    assert sentence(only(ticket)) == (
        "Escalated (first answer): nobody has it, so the leads were told."
    )
    running.react_to_pending()
    assert told() == {"jonas"}


@pytest.mark.parametrize("does", ["reassign", "notify_person"])
def test_who_left_the_desk_gets_nothing_and_the_leads_are_told(
    make: Make, promised: Promised, company: Company, does: str
) -> None:
    promised(step(does, person_id=company.tom.pk))
    ticket = urgent(make)
    timekeeping.sweep(now=DUE)
    assert Ticket.objects.get(pk=ticket.pk).assignee is None
    assert sentence(only(ticket)) == (
        "Escalated (first answer): Tom Hargreaves cannot take it, so the leads were told."
    )
    running.react_to_pending()
    assert told() == {"jonas"}


def test_who_is_gone_gets_nothing(make: Make, promised: Promised, company: Company) -> None:
    promised(step("reassign", person_id=company.jonas.pk))
    Person.objects.filter(pk=company.jonas.pk).update(is_active=False)
    ticket = urgent(make)
    timekeeping.sweep(now=DUE)
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_an_observer_is_told_but_is_given_nothing(
    make: Make, promised: Promised, company: Company
) -> None:
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    promised(
        step("notify_person", person_id=company.olga.pk),
        step("reassign", person_id=company.olga.pk),
    )
    ticket = urgent(make)
    timekeeping.sweep(now=DUE)
    assert [event.facts["does"] for event in escalations(ticket)] == [
        "notify_person",
        "notify_lead",
    ]


def test_a_confidential_request_is_told_to_its_group_alone(
    make: Make, promised: Promised, company: Company
) -> None:
    Membership.objects.create(person=company.jonas, department=company.hr, role=Role.LEAD)
    promised(
        step("notify_lead"),
        step("notify_person", person_id=company.jonas.pk),
        step("reassign", person_id=company.jonas.pk),
    )
    ticket = make.secret(priority=Priority.URGENT)
    timekeeping.sweep(now=DUE)
    running.react_to_pending()
    assert told() == {"andreea"}
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_the_mail_of_a_confidential_request_says_nothing_of_it(
    make: Make, promised: Promised, company: Company
) -> None:
    promised(step())
    make.secret(priority=Priority.URGENT)
    timekeeping.sweep(now=DUE)
    running.react_to_pending()
    mail = OutboundMail.objects.get(kind="escalated")
    assert "anary" not in mail.text + mail.html + mail.subject


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-10, "Jonas, a promise is close: first answer."),
        (0, "Jonas, a promise was missed: first answer."),
    ],
)
def test_the_mail_says_what_is_promised_and_who_has_it(
    make: Make, promised: Promised, company: Company, minutes: int, words: str
) -> None:
    promised(step(minutes=minutes, text="Ring the vendor."))
    actions.assign(urgent(make), to=company.mihai, by=company.mihai, at=MONDAY)
    timekeeping.sweep(now=DUE + minutes * MINUTE)
    running.react_to_pending()
    mail = OutboundMail.objects.get(kind="escalated")
    for part in (words, "Mihai Ionescu has it.", "Ring the vendor.", "/tickets/IT-1/"):
        assert part in mail.text
        assert part in mail.html
