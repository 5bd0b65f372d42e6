"""The account of a clock: what was counted, what was not, and that it adds up."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from departments.models import TargetKind
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import SignIn, words_of
from tickets import actions
from tickets.actions.timekeeping import sweep
from tickets.explain import Account, account
from tickets.models import Outcome, State, Ticket

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def explained(ticket: Ticket, now: datetime, kind: str = TargetKind.RESOLUTION) -> Account:
    ticket = Ticket.objects.select_related("service", "requester").get(pk=ticket.pk)
    clock = ticket.clocks.with_rules().get(kind=kind)
    with timezone.override("Europe/Istanbul"):
        return account(clock, ticket, ticket.events.select_related("actor"), now)


def lines(told: Account) -> list[tuple[str, int]]:
    return [(line.kind, line.minutes) for line in told.lines]


def adds_up(told: Account) -> bool:
    found = dict.fromkeys(("counted", "used", "left", "over"), 0)
    for line in told.lines:
        if line.kind in found:
            found[line.kind] += line.minutes
    clock = told.view.clock
    assert clock
    budget = clock.budget_minutes
    whole = found["used"] + found["left"] - found["over"]
    is_stopped = clock.stopped_at is not None
    return found["counted"] == found["used"] and (whole == budget or is_stopped)


def test_a_running_clock_counts_from_the_start(make: Make) -> None:
    told = explained(make.ticket(), MONDAY + HOUR)
    assert lines(told) == [("counted", 60), ("used", 60), ("left", 1380)]
    assert [line.words for line in told.lines] == [
        "Counted, today\u00a010:00 to now",
        "Used of 3d",
        "Left until Thu\u00a010:00",
    ]
    assert told.lines[2].amount_words == "2d 7h"


def test_closed_time_is_named_and_not_counted(make: Make) -> None:
    told = explained(make.ticket(), MONDAY + DAY)
    assert lines(told)[:2] == [("counted", 480), ("closed", 960)]
    assert told.lines[1].amount_words == "16h"


def test_held_time_says_why_and_by_whom(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(
        ticket,
        by=company.mihai,
        body="Which model?",
        then=State.WAITING_REQUESTER,
        at=MONDAY + HOUR,
    )
    actions.reply(ticket, by=company.elif_, body="This one", at=MONDAY + 2 * HOUR)
    told = explained(ticket, MONDAY + 3 * HOUR)
    assert lines(told)[:3] == [("counted", 60), ("paused", 60), ("counted", 60)]
    assert told.lines[1].words == "Held, we asked Elif, today\u00a011:00 to 12:00"
    assert told.lines[1].note == "Held by Mihai Ionescu."


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.WAITING_APPROVAL, "Held for an approval"),
        (State.WAITING_REQUESTER, "Held, we asked Elif"),
    ],
)
def test_each_reason_to_hold_has_its_words(
    make: Make, company: Company, state: State, words: str
) -> None:
    ticket = make.ticket()
    actions.set_state(ticket, state, by=company.mihai, at=MONDAY + HOUR)
    told = explained(ticket, MONDAY + 2 * HOUR)
    assert told.lines[1].words.startswith(words)
    assert told.lines[-1].words == "Left, the clock is held"
    assert told.due_at is None


def test_a_missed_promise_says_by_how_much(make: Make) -> None:
    ticket = make.ticket()
    sweep(now=MONDAY + 6 * HOUR)
    told = explained(ticket, MONDAY + 6 * HOUR, TargetKind.FIRST_RESPONSE)
    assert lines(told) == [("counted", 360), ("used", 360), ("over", 120)]
    assert told.view.look == "late"


def test_a_kept_promise_ends_its_account(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="At once", at=MONDAY + 28 * MINUTE)
    told = explained(ticket, MONDAY + DAY, TargetKind.FIRST_RESPONSE)
    assert lines(told) == [("counted", 28), ("used", 28)]
    assert told.view.words == "Kept, in 28m"


def test_a_request_taken_back_is_explained_too(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.withdraw(ticket, by=company.elif_, at=MONDAY + HOUR)
    assert Ticket.objects.get().outcome == Outcome.WITHDRAWN
    assert adds_up(explained(ticket, MONDAY + DAY))


@pytest.mark.parametrize("seconds", [0, 1, 29, 30, 59, 61, 3599, 86_399, 200_000, 900_061])
@pytest.mark.parametrize("pause", [0, 1, 17, 3601])
def test_the_lines_always_add_up(make: Make, company: Company, seconds: int, pause: int) -> None:
    ticket = make.ticket()
    at = MONDAY + timedelta(seconds=seconds / 3)
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=at)
    actions.set_state(ticket, State.OPEN, by=company.mihai, at=at + timedelta(seconds=pause))
    told = explained(ticket, MONDAY + timedelta(seconds=seconds + pause))
    assert adds_up(told)
    assert sum(piece.width for piece in told.bar) <= 100.05


def test_the_sentence_names_the_promise(make: Make) -> None:
    told = explained(make.ticket(), MONDAY, TargetKind.FIRST_RESPONSE)
    assert told.rule == (
        "Elif was promised a first answer within 4h of working time: "
        "priority Normal, hours of Istanbul office."
    )


@pytest.mark.parametrize(
    ("look", "after"), [("run", HOUR), ("soon", 3 * HOUR + 30 * MINUTE), ("over", 5 * HOUR)]
)
def test_the_bar_takes_the_colour_of_the_clock(make: Make, look: str, after: timedelta) -> None:
    told = explained(make.ticket(), MONDAY + after, TargetKind.FIRST_RESPONSE)
    assert [piece.kind for piece in told.bar] == [look]


def test_a_ticket_without_a_log_is_no_error(make: Make, company: Company) -> None:
    ticket = make.ticket()
    clock = ticket.clocks.with_rules().get(kind="resolution")
    told = account(clock, ticket, [], MONDAY + HOUR)
    assert lines(told) == [("used", 0), ("left", 1440)]


def test_the_rule_is_named_with_its_versions(make: Make) -> None:
    told = explained(make.ticket(), MONDAY)
    assert told.versions.startswith(
        "The rule: Standard, version 1. The hours: Istanbul office, version 1."
    )


def test_who_asked_reads_plain_words(make: Make, company: Company, sign_in: SignIn) -> None:
    ticket = make.ticket()
    with time_machine.travel(MONDAY + HOUR):
        page = sign_in(company.elif_).get(ticket.get_absolute_url())
    words = words_of(page)
    assert "How is this counted?" in words
    assert "We promised a first answer within 4h, counted while IT is open." in words
    assert "Standard" not in words
