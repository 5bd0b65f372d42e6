"""What the desk says about answers: none is needed, or this one lets people work again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from departments.actions import timing, tokens
from departments.models import Membership, Person, Role, TargetKind
from departments.promise_rules import PromiseRules
from helpdesk.lib.errors import Refused
from tests.cast import PROMISES, Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import SignIn, tree_of, words_of
from tickets import actions
from tickets.actions import timekeeping
from tickets.events import Kind, sentence
from tickets.models import Message, Outcome, State, Ticket

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NEXT, WORKAROUND = TargetKind.NEXT_RESPONSE, TargetKind.WORKAROUND
PAGE = "/tickets/IT-1/"
Caller = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
        yield


@pytest.fixture(autouse=True)
def promises(company: Company) -> None:
    """Next answers as soon as first ones, a workaround as soon as a solution."""
    twins = {TargetKind.FIRST_RESPONSE: NEXT, TargetKind.RESOLUTION: WORKAROUND}
    more = tuple(
        replace(target, kind=twins[TargetKind(target.kind)]) for target in PROMISES.targets
    )
    timing.change_policy(company.policy, PromiseRules((*PROMISES.targets, *more)), by=None)


@pytest.fixture
def ticket(make: Make) -> Ticket:
    return make.ticket()


@pytest.fixture
def mihai(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.mihai)


@pytest.fixture
def caller() -> Caller:
    def called(person: Person) -> Client:
        return Client(headers={"authorization": f"Bearer {tokens.issue(person)}"})

    return called


def answered(ticket: Ticket, company: Company, **options: Any) -> Message:
    return actions.reply(
        ticket, by=company.mihai, body="Try another cable.", at=MONDAY + HOUR, **options
    )


def asked_again(ticket: Ticket, company: Company) -> Message:
    """Elif wrote after an answer, and waits for the next."""
    answered(ticket, company)
    return actions.reply(ticket, by=company.elif_, body="Thanks!", at=MONDAY + 2 * HOUR)


def states(ticket: Ticket, kind: TargetKind) -> list[str]:
    return list(ticket.clocks.filter(kind=kind).order_by("number").values_list("state", flat=True))


# --- No answer needed -----------------------------------------------------------------------------


def test_who_writes_after_an_answer_waits_for_the_next(ticket: Ticket, company: Company) -> None:
    asked_again(ticket, company)
    assert states(ticket, NEXT) == ["running"]


def test_words_that_need_no_answer_end_their_clock(
    ticket: Ticket, company: Company, mihai: Client
) -> None:
    asked_again(ticket, company)
    page = mihai.get(PAGE)
    (form,) = tree_of(page).xpath("//form[@action='/tickets/IT-1/waive/']")
    assert "No answer needed" in " ".join(form.itertext())
    assert mihai.post(f"{PAGE}waive/").status_code == 302
    assert states(ticket, NEXT) == ["cancelled"]
    said = ticket.events.get(kind=Kind.ANSWER_WAIVED)
    assert sentence(said) == "Mihai Ionescu says that no answer is needed."
    timekeeping.sweep(now=MONDAY + timedelta(days=2))
    assert not ticket.events.filter(kind=Kind.CLOCK_BREACHED, facts__clock="next_response").exists()


def test_the_next_words_begin_a_clock_of_their_own(ticket: Ticket, company: Company) -> None:
    asked_again(ticket, company)
    actions.waive_answer(ticket, by=company.mihai, at=MONDAY + 3 * HOUR)
    actions.reply(ticket, by=company.elif_, body="It broke again", at=MONDAY + 4 * HOUR)
    assert states(ticket, NEXT) == ["cancelled", "running"]


def test_what_was_missed_before_it_was_waived_stays_missed(
    ticket: Ticket, company: Company
) -> None:
    asked_again(ticket, company)
    actions.waive_answer(ticket, by=company.mihai, at=MONDAY + timedelta(days=2))
    assert states(ticket, NEXT) == ["breached"]


@pytest.mark.parametrize("before", ["nothing", "answered"])
def test_where_nobody_waits_there_is_nothing_to_waive(
    ticket: Ticket, company: Company, mihai: Client, before: str
) -> None:
    if before == "answered":
        answered(ticket, company)
    assert "/waive/" not in mihai.get(PAGE).content.decode()
    answer = mihai.post(f"{PAGE}waive/")
    assert answer.status_code == 422
    assert "Nobody waits for an answer here." in words_of(answer)


@pytest.mark.parametrize("who", ["elif_", "tom", "sam", "olga"])
def test_only_who_works_it_waives(ticket: Ticket, company: Company, who: str) -> None:
    asked_again(ticket, company)
    with pytest.raises(Refused):
        actions.waive_answer(ticket, by=getattr(company, who))


# --- A workaround ---------------------------------------------------------------------------------


def test_an_answer_sent_as_workaround_ends_its_clock(
    ticket: Ticket, company: Company, mihai: Client
) -> None:
    page = tree_of(mihai.get(PAGE))
    assert page.xpath("//form[@id='composer-form']//input[@name='workaround']")
    sent = {"kind": "public", "body": "Use the spare one.", "workaround": "on"}
    assert mihai.post(f"{PAGE}write/", sent).status_code == 302
    assert states(ticket, WORKAROUND) == ["met"]
    assert states(ticket, TargetKind.RESOLUTION) == ["running"]
    thread = words_of(mihai.get(PAGE))
    assert "Workaround" in thread
    assert "Mark as workaround" not in thread


def test_a_note_is_no_workaround(ticket: Ticket, company: Company, mihai: Client) -> None:
    sent = {"kind": "note", "body": "psst", "workaround": "on"}
    assert mihai.post(f"{PAGE}write/", sent).status_code == 302
    assert states(ticket, WORKAROUND) == ["running"]


def test_the_tick_survives_a_refusal(ticket: Ticket, mihai: Client) -> None:
    answer = mihai.post(f"{PAGE}write/", {"kind": "public", "body": "", "workaround": "on"})
    assert answer.status_code == 422
    assert tree_of(answer).xpath("//input[@name='workaround'][@checked]")


def test_the_requester_cannot_ease_themselves(ticket: Ticket, company: Company) -> None:
    actions.reply(ticket, by=company.elif_, body="I found a way", workaround=True, at=MONDAY + HOUR)
    assert states(ticket, WORKAROUND) == ["running"]


def test_solving_with_a_workaround_says_so(ticket: Ticket, company: Company) -> None:
    answered(ticket, company, workaround=True, then=State.RESOLVED)
    assert Ticket.objects.get(pk=ticket.pk).outcome == Outcome.WORKAROUND


def test_an_answer_is_marked_later_with_one_press(
    ticket: Ticket, company: Company, mihai: Client
) -> None:
    message = answered(ticket, company)
    (form,) = tree_of(mihai.get(PAGE)).xpath("//article//form")
    assert form.get("action") == f"{PAGE}messages/{message.pk}/workaround/"
    for _press in range(2):
        assert mihai.post(form.get("action")).status_code == 302
    marked = ticket.events.get(kind=Kind.WORKAROUND_MARKED)
    assert sentence(marked) == "Mihai Ionescu marked a message as workaround."
    assert states(ticket, WORKAROUND) == ["met"]
    page = mihai.get(PAGE)
    assert not tree_of(page).xpath("//article//form")
    assert "Workaround" in words_of(page)


def test_marking_is_no_news_that_somebody_must_read(ticket: Ticket, company: Company) -> None:
    message = answered(ticket, company)
    seen = ticket.events.filter(message__isnull=False).latest("pk").pk
    actions.mark_workaround(message, by=company.jonas, at=MONDAY + 2 * HOUR)
    actions.reply(ticket, by=company.mihai, body="And?", seen=seen, at=MONDAY + 3 * HOUR)


@pytest.mark.parametrize("which", ["request", "note", "requester"])
def test_only_the_desks_answers_are_workarounds(
    ticket: Ticket, company: Company, mihai: Client, which: str
) -> None:
    message = ticket.messages.get()
    if which == "note":
        message = actions.note(ticket, by=company.mihai, body="psst", at=MONDAY)
    elif which == "requester":
        message = actions.reply(ticket, by=company.elif_, body="?", at=MONDAY)
    assert "/workaround/" not in mihai.get(PAGE).content.decode()
    answer = mihai.post(f"{PAGE}messages/{message.pk}/workaround/")
    assert answer.status_code == (404 if which == "note" else 422)
    assert not ticket.events.filter(kind=Kind.WORKAROUND_MARKED).exists()


def test_a_message_of_another_ticket_is_not_found(
    make: Make, ticket: Ticket, company: Company, mihai: Client
) -> None:
    other = answered(make.ticket(), company)
    assert mihai.post(f"{PAGE}messages/{other.pk}/workaround/").status_code == 404


def test_where_no_workaround_is_promised_none_is_offered(
    make: Make, company: Company, mihai: Client
) -> None:
    timing.change_policy(company.policy, PROMISES, by=None)
    answered(make.ticket(), company)
    page = mihai.get(PAGE).content.decode()
    assert 'name="workaround"' not in page
    assert "/workaround/" not in page


def test_an_observer_is_offered_neither(ticket: Ticket, company: Company, sign_in: SignIn) -> None:
    message = answered(ticket, company)
    actions.reply(ticket, by=company.elif_, body="Thanks!", at=MONDAY + 2 * HOUR)
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    client = sign_in(company.sam)
    page = client.get(PAGE).content.decode()
    assert "/workaround/" not in page
    assert "/waive/" not in page
    for address in ("waive/", f"messages/{message.pk}/workaround/"):
        assert client.post(PAGE + address).status_code == 422


def test_the_requester_sees_nothing_of_this(
    ticket: Ticket, company: Company, sign_in: SignIn
) -> None:
    actions.mark_workaround(answered(ticket, company), by=company.mihai, at=MONDAY + HOUR)
    page = sign_in(company.elif_).get("/requests/IT-1/").content.decode()
    assert "workaround" not in page.lower()


# --- Over the API ---------------------------------------------------------------------------------


def post(client: Client, path: str, data: dict[str, Any] | None = None) -> Any:
    address = f"/api/v1/tickets/IT-1/{path}"
    return client.post(address, data or {}, content_type="application/json")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"until": "2099-03-10T06:00:00Z"}, 422, "far"),
        ({"until": "2026-03-08T06:00:00Z"}, 422, "past"),
        ({"until": "soon"}, 400, "invalid"),
        ({}, 400, "invalid"),
    ],
)
def test_a_program_reads_why_a_moment_makes_no_sense(
    ticket: Ticket, company: Company, caller: Caller, sent: dict[str, str], status: int, code: str
) -> None:
    answer = post(caller(company.mihai), "snooze/", sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_program_puts_off_and_takes_up_again(
    ticket: Ticket, company: Company, caller: Caller
) -> None:
    client = caller(company.mihai)
    said = post(client, "snooze/", {"until": "2026-03-10T06:00:00Z", "requester_asked": True})
    assert said.status_code == 200
    assert (said.json()["state"], said.json()["returns_at"]) == (
        "scheduled",
        "2026-03-10T06:00:00Z",
    )
    assert states(ticket, TargetKind.RESOLUTION) == ["paused"]
    assert post(client, "wake/").json()["state"] == "open"


def test_a_program_waives_and_marks(ticket: Ticket, company: Company, caller: Caller) -> None:
    message = answered(ticket, company)
    actions.reply(ticket, by=company.elif_, body="Thanks!", at=MONDAY + 2 * HOUR)
    client = caller(company.mihai)
    assert post(client, "waive/").status_code == 200
    assert post(client, f"messages/{message.pk}/workaround/").json()["id"] == message.pk
    assert (states(ticket, NEXT), states(ticket, WORKAROUND)) == (["cancelled"], ["met"])
    assert post(client, "waive/").status_code == 422


def test_a_program_sends_a_workaround(ticket: Ticket, company: Company, caller: Caller) -> None:
    sent = post(caller(company.mihai), "messages/", {"body": "Use this", "workaround": True})
    assert sent.status_code == 201
    assert ticket.events.get(kind=Kind.REPLIED).facts["workaround"] is True


@pytest.mark.parametrize("path", ["snooze/", "wake/", "waive/", "messages/1/workaround/"])
@pytest.mark.parametrize(("who", "status"), [("tom", 404), ("olga", 404), ("elif_", (403, 422))])
def test_programs_of_others_do_nothing(
    ticket: Ticket, company: Company, caller: Caller, path: str, who: str, status: Any
) -> None:
    message = answered(ticket, company)
    path = path.replace("1", str(message.pk))
    answer = post(caller(getattr(company, who)), path, {"until": "2099-01-01T00:00:00Z"})
    assert answer.status_code in (status if isinstance(status, tuple) else (status,))
    assert Ticket.objects.get(pk=ticket.pk).state == State.OPEN
