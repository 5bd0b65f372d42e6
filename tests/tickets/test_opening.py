"""Opening a ticket: stored once, numbered, promised, and never for a service that is gone."""

from datetime import timedelta

import pytest

from departments.models import Category, Department, Priority, Service
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets.events import Kind
from tickets.models import Message, State, Ticket


def test_a_request_becomes_a_new_ticket_with_its_first_message(
    make: Make, company: Company
) -> None:
    ticket = make.ticket(body="The **light** stays off.")
    message = Message.objects.get(ticket=ticket)
    assert (ticket.number, ticket.state, message.author) == ("IT-1", State.NEW, company.elif_)
    assert "<strong>light</strong>" in message.html


def test_numbers_run_on_per_desk(make: Make) -> None:
    numbers = [make.ticket().number, make.secret().number, make.ticket().number]
    assert numbers == ["IT-1", "HR-1", "IT-2"]


def test_the_promise_is_reckoned_in_opening_hours(make: Make) -> None:
    evening = MONDAY + timedelta(hours=9)  # 19:00 in Istanbul
    ticket = make.ticket(at=evening)  # four hours for the first answer
    assert ticket.promised_at == MONDAY + timedelta(days=1, hours=3)


@pytest.mark.parametrize(
    ("category", "service_default", "expected"),
    [(None, Priority.LOW, Priority.LOW), ("own", Priority.LOW, Priority.HIGH)],
)
def test_a_category_may_be_more_pressing_than_its_service(
    make: Make, company: Company, category: str | None, service_default: int, expected: int
) -> None:
    company.laptop.default_priority = service_default
    ticket = make.ticket(category=company.battery if category else None)
    assert ticket.priority == expected


def test_a_category_takes_the_priority_of_its_group(make: Make, company: Company) -> None:
    group = Category.objects.create(service=company.laptop, name="Stolen", priority=Priority.URGENT)
    one = Category.objects.create(service=company.laptop, parent=group, name="In a train")
    assert make.ticket(category=one).priority == Priority.URGENT


def test_the_same_key_gives_the_same_ticket(make: Make) -> None:
    assert make.ticket(key="k").pk == make.ticket(key="k").pk
    assert Ticket.objects.count() == Message.objects.count() == 1


def test_the_same_key_of_another_person_is_another_request(make: Make, company: Company) -> None:
    assert make.ticket(key="k").pk != make.ticket(key="k", by=company.olga).pk


def test_the_same_key_with_other_words_is_refused(make: Make) -> None:
    make.ticket(key="k")
    with pytest.raises(Refused) as refusal:
        make.ticket(key="k", summary="Another thing")
    assert refusal.value.code == "key_reused"


def test_a_retired_service_is_refused_with_a_way_out(make: Make, company: Company) -> None:
    Service.objects.update(state=Service.State.RETIRED)
    with pytest.raises(Refused, match="choose another service"):
        make.ticket()
    assert not Ticket.objects.exists()


def test_a_service_for_others_is_refused(make: Make, company: Company) -> None:
    company.laptop.audience.add(company.hr)
    with pytest.raises(Refused):
        make.ticket()


def test_a_confidential_service_makes_a_confidential_ticket(make: Make) -> None:
    assert make.secret().is_confidential


def test_a_ticket_without_service_goes_by_the_desk(make: Make, company: Company) -> None:
    ticket = make.ticket(service=None, desk=company.finance)
    assert (ticket.number, ticket.is_confidential) == ("FIN-1", False)


def test_without_any_calendar_of_its_own_the_installations_holds(
    make: Make, company: Company
) -> None:
    assert Department.objects.filter(calendar__isnull=False).count() == 0
    assert make.ticket().clocks.first().calendar_version.calendar == company.calendar  # type: ignore[union-attr]


def test_an_agent_files_for_a_caller(make: Make, company: Company) -> None:
    ticket = make.ticket(filed_by=company.mihai, channel="phone")
    assert (ticket.requester, ticket.filed_by) == (company.elif_, company.mihai)
    assert ticket.clocks.get(kind="first_response").state == "running"


def test_an_answer_on_the_spot_keeps_the_promise_at_once(make: Make, company: Company) -> None:
    ticket = make.ticket(filed_by=company.mihai, channel="phone", answered_on_the_spot=True)
    assert ticket.clocks.get(kind="first_response").state == "met"


def test_nobody_answers_themselves_on_the_spot(make: Make, company: Company) -> None:
    ticket = make.ticket(by=company.mihai, answered_on_the_spot=True)
    assert ticket.clocks.get(kind="first_response").state == "running"


def test_an_employee_files_nothing_for_others(make: Make, company: Company) -> None:
    with pytest.raises(Refused):
        make.ticket(filed_by=company.olga)


def test_the_reason_for_hurry_is_kept_only_when_asked(make: Make) -> None:
    assert make.ticket(cannot_wait_reason="x").cannot_wait_reason == ""
    assert make.ticket(cannot_wait=True, cannot_wait_reason="x").cannot_wait_reason == "x"


def test_one_event_tells_the_story(make: Make) -> None:
    event = make.ticket().events.get()
    assert (event.kind, event.facts["state"], event.at) == (Kind.OPENED, "new", MONDAY)


@pytest.mark.parametrize("text", ["👩🏽‍💻 charger", "שלום \u202eabc", "充電できない", "x" * 200])
def test_every_script_survives(make: Make, text: str) -> None:
    assert Ticket.objects.get(pk=make.ticket(summary=text, body=text * 3).pk).summary == text


def test_a_description_of_a_megabyte_is_stored_whole(make: Make) -> None:
    text = "0123456789abcdef" * 65_536
    assert make.ticket(body=text).messages.get().body == text
