"""The promise in the employee's words: four kinds, before asking, late, and promised anew."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from departments.actions import timing
from departments.models import Category, Person, Priority, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions import timekeeping
from tickets.models import State, Ticket
from tickets.promise_words import card, line, offer, seen_by
from tickets.reactions import running

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ISTANBUL = ZoneInfo("Europe/Istanbul")
NIGHT = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)  # Sunday, 23:00 in Istanbul.
SignIn = Callable[[Person], Client]


@pytest.fixture
def all_kinds(company: Company) -> None:
    """Everything is promised for a laptop: 1, 2, 3 and 6 hours."""
    targets = zip(TargetKind, (60, 120, 180, 360), strict=True)
    rules = PromiseRules(
        tuple(TargetRule(Priority.NORMAL, kind, minutes) for kind, minutes in targets)
    )
    company.laptop.sla_policy = timing.found_policy("All kinds", rules)
    company.laptop.save()


def said(ticket: Ticket, company: Company, now: datetime) -> str:
    """The line in Elif's list."""
    ticket = Ticket.objects.get(pk=ticket.pk)
    shown = seen_by(company.elif_, ticket, ticket.clocks.all(), now)
    assert shown is not None
    return line(shown, ticket, now, ISTANBUL).replace("\xa0", " ")


def told(ticket: Ticket, company: Company, now: datetime) -> tuple[str, str, str]:
    """Look, words and explanation of the card on Elif's page."""
    ticket = Ticket.objects.get(pk=ticket.pk)
    shown = seen_by(company.elif_, ticket, ticket.clocks.all(), now)
    assert shown is not None
    found = card(shown, ticket, now, ISTANBUL)
    return found.look, found.words.replace("\xa0", " "), found.more.replace("\xa0", " ")


def renew(ticket: Ticket, company: Company, moment: datetime, at: datetime) -> None:
    actions.renew_promise(
        ticket, moment=moment, reason="We wait for a part.", by=company.mihai, at=at
    )


def pass_time(now: datetime) -> None:
    timekeeping.sweep(now=now)
    running.react_to_pending()


# --- Four kinds -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("all_kinds")
def test_first_they_hear_from_us(make: Make, company: Company) -> None:
    assert said(make.ticket(), company, MONDAY) == "You will hear from us by today 11:00"


@pytest.mark.usefixtures("all_kinds")
def test_then_they_can_work_again(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    assert said(ticket, company, MONDAY) == "You can work again by today 13:00"


@pytest.mark.usefixtures("all_kinds")
def test_a_question_of_theirs_is_answered_first(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    actions.reply(ticket, by=company.elif_, body="And?", at=MONDAY + 30 * MINUTE)
    now = MONDAY + 30 * MINUTE
    assert said(ticket, company, now) == "You will hear from us by today 12:30"


def test_in_the_end_it_is_solved(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    assert said(ticket, company, MONDAY) == "Solved by Thu 10:00"


@pytest.mark.usefixtures("all_kinds")
def test_the_card_says_the_same(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    _look, words, _more = told(ticket, company, MONDAY)
    assert words == "You can work again by today 13:00"


# --- Before asking --------------------------------------------------------------------------------


@pytest.mark.usefixtures("all_kinds")
def test_the_offer_tells_every_promise(company: Company) -> None:
    found = offer(company.it, company.laptop, Priority.NORMAL, MONDAY, ISTANBUL)
    assert found.words == "First answer by today\xa011:00"
    assert found.more.replace("\xa0", " ") == (
        "You can work again by today 13:00. "
        "Solved by today 16:00, counted in the opening hours of IT."
    )


def test_an_offer_around_the_clock_says_so(company: Company) -> None:
    rule = TargetRule(Priority.NORMAL, TargetKind.RESOLUTION, 600, is_always_open=True)
    company.laptop.sla_policy = timing.found_policy("Always", PromiseRules((rule,)))
    found = offer(company.it, company.laptop, Priority.NORMAL, MONDAY, ISTANBUL)
    assert found.more == "Solved by today\xa020:00, counted day and night."


def test_a_closed_desk_says_when_it_opens_in_the_readers_zone(company: Company) -> None:
    found = offer(company.it, company.laptop, Priority.NORMAL, NIGHT, ZoneInfo("Asia/Tokyo"))
    assert found.opening == "IT opens today\xa015:00."
    assert found.words == "First answer by today\xa019:00"


def test_the_kind_of_problem_has_its_own_promise(company: Company) -> None:
    rule = TargetRule(Priority.HIGH, TargetKind.FIRST_RESPONSE, 15)
    company.battery.sla_policy = timing.found_policy("Batteries", PromiseRules((rule,)))
    company.battery.save()
    battery = Category.objects.get(pk=company.battery.pk)
    found = offer(company.it, company.laptop, Priority.HIGH, MONDAY, ISTANBUL, category=battery)
    assert found.words == "First answer by today\xa010:15"


def test_the_form_tells_the_promise_of_the_chosen_kind(company: Company, sign_in: SignIn) -> None:
    rule = TargetRule(Priority.HIGH, TargetKind.FIRST_RESPONSE, 15)
    company.battery.sla_policy = timing.found_policy("Batteries", PromiseRules((rule,)))
    company.battery.save()
    with time_machine.travel(MONDAY, tick=False):
        page = sign_in(company.elif_).get(
            f"/ask/{company.laptop.pk}/promise/", {"category": company.battery.pk}
        )
    assert "First answer by today\xa010:15" in page.content.decode()


# --- Late, and promised anew ----------------------------------------------------------------------


@pytest.fixture
def late(make: Make, company: Company) -> Ticket:
    """Due at 10:30 in Istanbul, and Mihai has it."""
    ticket = make.ticket(priority=Priority.URGENT)
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=MONDAY)
    pass_time(MONDAY + 31 * MINUTE)
    return ticket


NOW = MONDAY + 35 * MINUTE


def test_late_without_a_new_moment_names_who_has_it(late: Ticket, company: Company) -> None:
    assert said(late, company, NOW) == "We are late, sorry. Mihai has it now."
    assert told(late, company, NOW) == (
        "late",
        "We are late, sorry.",
        "Mihai has it now. It was promised for today 10:30.",
    )


def test_where_nobody_has_it_the_desk_is_named(late: Ticket, company: Company) -> None:
    actions.assign(late, to=None, by=company.mihai, at=NOW)
    assert said(late, company, NOW) == "We are late, sorry. IT has it now."


def test_a_new_promise_is_said_with_its_reason(late: Ticket, company: Company) -> None:
    renew(late, company, MONDAY + 2 * HOUR, NOW)
    assert said(late, company, NOW) == (
        "We are late, sorry. New promise: today 12:00 — We wait for a part."
    )
    assert told(late, company, NOW) == (
        "late",
        "We are late, sorry. New promise: today 12:00",
        "Mihai has it now: “We wait for a part.”",
    )


def test_promised_anew_before_it_is_late_is_not_late_yet(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    renew(ticket, company, MONDAY + 2 * HOUR, MONDAY)
    assert said(ticket, company, MONDAY) == (
        "It takes longer, sorry. New promise: today 12:00 — We wait for a part."
    )
    look, words, _more = told(ticket, company, MONDAY)
    assert (look, words) == ("soon", "It takes longer, sorry. New promise: today 12:00")


def test_it_is_late_when_the_old_promise_has_passed(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    renew(ticket, company, MONDAY + 2 * HOUR, MONDAY)
    pass_time(NOW)
    assert said(ticket, company, NOW).startswith("We are late, sorry. New promise: today 12:00")


def test_a_new_promise_that_passed_is_not_said_any_more(late: Ticket, company: Company) -> None:
    renew(late, company, MONDAY + 2 * HOUR, NOW)
    after = MONDAY + 2 * HOUR + MINUTE  # No sweep came by yet.
    assert said(late, company, after) == "We are late, sorry. Mihai has it now."
    pass_time(after)
    assert told(late, company, after)[2] == "Mihai has it now. It was promised for today 12:00."


def test_a_promise_missed_is_late_though_the_clock_has_time(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    renew(ticket, company, MONDAY + HOUR, MONDAY)
    actions.change_priority(ticket, Priority.NORMAL, by=company.mihai, at=MONDAY)
    after = MONDAY + HOUR + MINUTE
    unswept = told(ticket, company, after)
    pass_time(after)
    assert unswept[:2] == told(ticket, company, after)[:2] == ("late", "We are late, sorry.")


def test_a_new_promise_is_told_while_a_supplier_has_it(late: Ticket, company: Company) -> None:
    renew(late, company, MONDAY + 2 * HOUR, NOW)
    actions.set_state(late, State.WAITING_THIRD_PARTY, by=company.mihai, at=NOW)
    assert "New promise: today 12:00" in said(late, company, NOW)


def test_when_it_is_their_turn_that_comes_first(late: Ticket, company: Company) -> None:
    renew(late, company, MONDAY + 2 * HOUR, NOW)
    actions.reply(late, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=NOW)
    assert said(late, company, NOW) == "Your turn: one question from IT"
