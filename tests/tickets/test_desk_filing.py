"""Filing a request for somebody at the telephone or at the desk."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from departments.models import Membership, Service
from tests.cast import Company
from tickets.models import Ticket


@pytest.fixture
def mihai(company: Company, client: Client) -> Client:
    client.force_login(company.mihai)
    return client


def file(client: Client, desk: str = "it", **said: object) -> tuple[int, str]:
    sent = {
        "requester": "Elif Yıldız",
        "channel": "phone",
        "what": "",
        "summary": "Screen stays black",
        "body": "Since this morning.",
        **said,
    }
    answer = client.post(f"/desk/{desk}/new/", sent)
    return answer.status_code, answer.headers.get("Location", "") or answer.content.decode()


def test_the_ticket_is_the_callers_and_remembers_who_filed_it(
    company: Company, mihai: Client
) -> None:
    assert file(mihai) == (302, "/tickets/IT-1/")
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.filed_by) == (company.elif_, company.mihai)
    assert (ticket.channel, ticket.summary) == ("phone", "Screen stays black")


def test_the_choice_names_service_and_kind_at_once(company: Company, mihai: Client) -> None:
    what = f"{company.laptop.pk}.{company.battery.pk}"
    assert f'value="{what}"' in mihai.get("/desk/it/new/").content.decode()
    file(mihai, what=what)
    ticket = Ticket.objects.get()
    assert (ticket.service, ticket.category) == (company.laptop, company.battery)


def test_not_sure_which_kind_is_a_choice_too(company: Company, mihai: Client) -> None:
    file(mihai, what=f"{company.laptop.pk}.")
    ticket = Ticket.objects.get()
    assert (ticket.service, ticket.category) == (company.laptop, None)


@pytest.mark.parametrize(("answered", "is_met"), [("on", True), ("", False)])
def test_an_answer_on_the_spot_keeps_the_first_promise(
    company: Company, mihai: Client, answered: str, is_met: bool
) -> None:
    file(mihai, answered=answered)
    clock = Ticket.objects.get().clocks.get(kind="first_response")
    assert (clock.state == "met") is is_met
    assert clock.counted_seconds == timedelta(0).seconds


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"requester": ""}, "This field is required."),
        ({"requester": "Nobody Known"}, "We know nobody by that name"),
        ({"requester": "a"}, "Several people match."),
        ({"summary": ""}, "This field is required."),
        ({"summary": "x" * 201}, "at most 200 characters"),
        ({"body": ""}, "This field is required."),
        ({"body": "x" * 200_001}, "Attach it as a file instead."),
        ({"channel": "mail"}, "Select a valid choice."),
        ({"what": "999.1"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_kept(
    company: Company, mihai: Client, said: dict[str, str], words: str
) -> None:
    status, page = file(mihai, **said)
    assert status == 422
    assert words in page
    assert not Ticket.objects.exists()
    if "summary" not in said:
        assert 'value="Screen stays black"' in page


def test_a_double_click_files_once(company: Company, mihai: Client) -> None:
    page = mihai.get("/desk/it/new/").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    for _click in range(2):
        assert file(mihai, key=key[1])[0] == 302
    assert Ticket.objects.count() == 1


def test_a_service_retired_meanwhile_is_not_offered(company: Company, mihai: Client) -> None:
    what = f"{company.laptop.pk}."
    Service.objects.filter(pk=company.laptop.pk).update(state=Service.State.RETIRED)
    status, page = file(mihai, what=what)
    assert status == 422
    assert "Screen stays black" in page


def test_a_confidential_request_is_shown_as_to_an_employee_afterwards(
    company: Company, client: Client
) -> None:
    Membership.objects.create(person=company.olga, department=company.hr)
    client.force_login(company.olga)
    answer = file(client, "hr", what=f"{company.letter.pk}.")
    assert answer == (302, "/requests/HR-1/")


@pytest.mark.parametrize("who", ["elif_", "tom", "misaki", "sam"])
def test_nobody_files_at_a_desk_that_is_not_theirs(
    company: Company, client: Client, who: str
) -> None:
    client.force_login(getattr(company, who))
    assert file(client)[0] == 404
    assert not Ticket.objects.exists()
