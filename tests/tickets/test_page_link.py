"""The link in a page: looking changes nothing, pressing answers, and only for whom it was made."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from departments.models import Membership, Person
from helpdesk.lib.tokens import base36
from tests.cast import Company
from tests.conftest import Make
from tests.tickets.pages import words_of
from tests.tickets.rotas import hr_rota, it_rota, react
from tickets import actions, page_links
from tickets.actions import paging
from tickets.models import Page, PageCall, Ticket

SignIn = Callable[[Person], Client]
# A Monday night as these were: closed in Istanbul, and within a day of no real clock but ours.
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    """Links end by the real clock, so these pages are opened by it too."""
    return timezone.now()


def paged(make: Make, now: datetime, secret: bool = False) -> Ticket:
    """A request with a running page, whatever the desk's hours are right now."""
    ticket = (make.secret if secret else make.ticket)(
        at=now, cannot_wait=True, cannot_wait_reason="The board meets."
    )
    paging.page(ticket, why=Page.Why.CANNOT_WAIT, at=now)
    return ticket


def link(call: PageCall | None = None) -> str:
    return f"/page/{page_links.token(call or PageCall.objects.get())}/"


def shown(answer: Any) -> str:
    assert answer.status_code == 200
    return words_of(answer)


def rows() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Page, PageCall, Ticket)]


def test_it_shows_who_needs_what_since_when_to_who_is_not_signed_in(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    paged(make, now)
    words = shown(client.get(link()))
    for piece in ("Elif Yıldız needs help now.", "IT-1", "Laptop does not charge", "I have it"):
        assert piece in words
    assert "The board meets." in words
    assert "We called you today" in words
    assert "The light stays off." not in words


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_answers_nothing(
    make: Make, company: Company, client: Client, now: datetime, method: str
) -> None:
    it_rota(company)
    paged(make, now)
    before = rows()
    for _scanner in range(3):
        getattr(client, method)(link())
    assert rows() == before


def test_pressing_answers_and_the_same_address_says_so(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    ticket = paged(make, now)
    answer = client.post(link(), follow=True)
    assert "You have it, since" in shown(answer)
    assert "I have it" not in words_of(answer)
    ticket.refresh_from_db()
    assert ticket.assignee == company.mihai
    assert Page.objects.get().acknowledged_by == company.mihai


def test_pressing_needs_the_page_that_was_shown(
    make: Make, company: Company, now: datetime
) -> None:
    it_rota(company)
    paged(make, now)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link()).status_code == 403
    page = strict.get(link()).content.decode()
    given = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert given is not None
    assert strict.post(link(), {"csrfmiddlewaretoken": given[1]}).status_code == 302


def test_pressing_twice_is_no_error(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    paged(make, now)
    client.post(link())
    assert client.post(link()).status_code == 422
    assert Page.objects.get().acknowledged_by == company.mihai


def test_the_slower_one_reads_who_was_faster(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    ticket = paged(make, now)
    paging.call_next(Ticket.objects.get(pk=ticket.pk), now + 10 * timedelta(minutes=1))
    first, second = PageCall.objects.order_by("pk")
    client.post(link(first))
    words = shown(client.get(link(second)))
    assert "Mihai Ionescu has it, since" in words
    assert "I have it" not in words


def test_who_is_slower_between_looking_and_pressing_is_told_too(
    make: Make, company: Company, client: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    it_rota(company)
    paged(make, now)
    real = paging.acknowledge

    def too_late(page: Page, *, by: Person) -> Page:
        real(page, by=company.jonas)
        return real(page, by=by)

    monkeypatch.setattr(paging, "acknowledge", too_late)
    answer = client.post(link(), follow=True)
    assert "Jonas Bauer has it, since" in shown(answer)


def test_when_nobody_is_needed_any_more_it_says_why(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    ticket = paged(make, now)
    actions.reply(ticket, by=company.jonas, body="I am here.", at=now)
    react()
    words = shown(client.get(link()))
    assert "Nobody is needed any more." in words
    assert "the request was answered" in words
    assert client.post(link()).status_code == 422


# --- Misuse -----------------------------------------------------------------------------------


def test_after_a_day_it_answers_nothing(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    paged(make, now)
    PageCall.objects.update(called_at=now - 24 * HOUR)
    words = shown(client.get(link()))
    assert "This link is too old." in words
    assert "Laptop does not charge" not in words
    assert client.post(link()).status_code == 422
    assert Page.objects.get().is_running


def test_just_before_a_day_is_over_it_still_answers(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    paged(make, now)
    PageCall.objects.update(called_at=now - 23.9 * HOUR)
    assert client.post(link()).status_code == 302


@pytest.mark.parametrize("place", [0, 2, 3, 10, 22])
def test_a_changed_letter_is_no_link(
    make: Make, company: Company, client: Client, now: datetime, place: int
) -> None:
    it_rota(company)
    paged(make, now)
    token = page_links.token(PageCall.objects.get())
    place = min(place, len(token) - 1)
    changed = token[:place] + ("b" if token[place] != "b" else "c") + token[place + 1 :]
    assert client.get(f"/page/{changed}/").status_code == 404
    assert client.post(f"/page/{changed}/").status_code == 404
    assert Page.objects.get().is_running


@pytest.mark.parametrize(
    "token", ["1", "1-", "-", "x" * 400, "zzzzzzzzzzzz-" + "a" * 20, "١-" + "a" * 20]
)
def test_what_we_did_not_make_is_no_link(company: Company, client: Client, token: str) -> None:
    assert client.get(f"/page/{token}/").status_code == 404


def test_the_code_of_one_call_opens_no_other(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    ticket = paged(make, now)
    paging.call_next(Ticket.objects.get(pk=ticket.pk), now + timedelta(minutes=10))
    first, second = PageCall.objects.order_by("pk")
    code = page_links.token(first).partition("-")[2]
    assert client.get(f"/page/{base36(second.pk)}-{code}/").status_code == 404


def test_an_old_link_does_not_answer_a_newer_page(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    ticket = paged(make, now)
    old = link()
    client.post(old)
    paging.page(ticket, why=Page.Why.ESCALATION, at=now + HOUR)
    client.post(old)
    assert ticket.pages.latest("pk").is_running


def test_a_link_says_nothing_of_whom_it_is_for_to_another_installation(
    make: Make, company: Company, client: Client, now: datetime, settings: Any
) -> None:
    it_rota(company)
    paged(make, now)
    here = link()
    settings.MAIL_KEYS = ["another installation's key"]
    assert client.get(here).status_code == 404


def test_a_link_made_before_the_keys_were_changed_still_answers(
    make: Make, company: Company, client: Client, now: datetime, settings: Any
) -> None:
    it_rota(company)
    paged(make, now)
    here = link()
    settings.MAIL_KEYS = ["a fresh key", *settings.MAIL_KEYS]
    assert client.post(here).status_code == 302


@pytest.mark.parametrize("change", ["left the company", "left the desk"])
def test_who_may_not_work_on_it_any_more_has_no_link(
    make: Make, company: Company, client: Client, now: datetime, change: str
) -> None:
    it_rota(company)
    paged(make, now)
    if change == "left the company":
        Person.objects.filter(pk=company.mihai.pk).update(is_active=False)
    else:
        Membership.objects.filter(person=company.mihai).delete()
    assert client.get(link()).status_code == 404
    assert client.post(link()).status_code == 404
    assert Page.objects.get().is_running


def test_a_colleague_to_whom_it_was_forwarded_does_not_answer_in_that_name(
    make: Make, company: Company, sign_in: SignIn, now: datetime
) -> None:
    it_rota(company)
    paged(make, now)
    client = sign_in(company.jonas)
    words = shown(client.get(link()))
    assert "This link is for Mihai Ionescu." in words
    assert "I have it" not in words
    assert client.post(link()).status_code == 422
    assert Page.objects.get().is_running


def test_no_copy_of_the_page_is_kept_on_the_way(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    paged(make, now)
    answer = client.get(link())
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"


# --- Confidential, language -------------------------------------------------------------------


def test_of_a_confidential_request_it_shows_the_number_and_no_word(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    hr_rota(company)
    paged(make, now, secret=True)
    page = client.get(link()).content.decode()
    for secret in ("anary", "Elif", "The board meets."):
        assert secret not in page
    assert "HR-1" in page
    assert "Somebody needs help now." in page


def test_who_left_the_group_has_no_link_to_a_confidential_request(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    hr_rota(company)
    paged(make, now, secret=True)
    company.letter.group.remove(company.misaki)
    assert client.get(link()).status_code == 404


def test_it_speaks_the_language_and_the_time_of_who_is_called(
    make: Make, company: Company, client: Client, now: datetime
) -> None:
    it_rota(company)
    Person.objects.filter(pk=company.mihai.pk).update(language="de")
    paged(make, now)
    assert '<html lang="de"' in client.get(link()).content.decode()
    there = now.astimezone(company.mihai.zone).strftime("%H:%M")
    assert there in client.get(link()).content.decode()


@pytest.mark.parametrize("who", ["tom", "olga", "sam", "elif_"])
def test_a_stranger_who_is_signed_in_gets_nothing_from_a_forwarded_link(
    make: Make, company: Company, sign_in: SignIn, now: datetime, who: str
) -> None:
    it_rota(company)
    paged(make, now)
    client = sign_in(getattr(company, who))
    assert client.get(link()).status_code == 404
    assert client.post(link()).status_code == 404
    assert Page.objects.get().is_running
