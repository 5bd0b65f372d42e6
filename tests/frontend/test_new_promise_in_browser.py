"""“When will it be?” in a real Chromium: by keyboard, without script, on a phone."""

import os
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from departments.actions import timing
from departments.calendar_rules import CalendarRules
from departments.models import Department, Person, Priority
from tests.cast import Company
from tests.conftest import Make
from tests.frontend.browser import CHROMIUM
from tests.journeys.browser import barriers, darken, overflow
from tickets import actions
from tickets.actions import timekeeping
from tickets.models import Slip, Ticket
from tickets.reactions import running

pytestmark = [
    pytest.mark.once,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
]
SignIn = Callable[[Person], Client]
Open = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}}
DAY_AND_NIGHT = CalendarRules("Europe/Istanbul", {day: ((time(0), time(0)),) for day in range(7)})
WHY = "We wait for a part."


@pytest.fixture
def chromium() -> Iterator[Browser]:
    # The driver's loop runs in this thread, and Django would take it for an event loop of ours.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def late(company: Company, make: Make) -> Ticket:
    """Late at any hour of the day at which this runs; Mihai has it."""
    always = timing.found_calendar("Day and night", DAY_AND_NIGHT)
    Department.objects.filter(pk=company.it.pk).update(calendar=always)
    company.laptop.refresh_from_db()
    now = timezone.now()
    ticket = make.ticket(priority=Priority.URGENT, at=now - timedelta(minutes=50))
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=now - timedelta(minutes=40))
    timekeeping.sweep(now=now)
    while running.react_to_pending():
        pass
    return ticket


@pytest.fixture
def window(chromium: Browser, live_server: Any, sign_in: SignIn) -> Open:
    """A page of the product as this person sees it."""

    def opened(person: Person, path: str, **options: Any) -> Page:
        context = chromium.new_context(locale="en-GB", reduced_motion="reduce", **options)
        context.set_default_timeout(15000)
        session = sign_in(person).cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    return opened


def seen(page: Page, words: str) -> Locator:
    """These words where the page shows them; what only a phone shows is there too, hidden."""
    return page.get_by_text(words).locator("visible=true").first


def test_it_is_answered_by_keyboard(late: Ticket, company: Company, window: Open) -> None:
    page = window(company.mihai, "/tickets/IT-1/")
    question = page.locator("#slip > summary")
    expect(question).to_contain_text("When will it be?")
    question.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(WHY)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Elif is told of the new promise")).to_be_visible()
    expect(question).to_contain_text(f"Mihai Ionescu: “{WHY}”")
    elif_ = window(company.elif_, "/requests/IT-1/")
    expect(seen(elif_, "We are late, sorry. New promise:")).to_be_visible()


def test_another_moment_asks_for_day_and_time(late: Ticket, company: Company, window: Open) -> None:
    page = window(company.mihai, "/tickets/IT-1/promise/")
    other = page.get_by_label("Day and time")
    expect(other).to_be_hidden()
    page.get_by_label("Another moment").check()
    expect(other).to_be_visible()
    page.get_by_label("Why does it take longer?").fill(WHY)
    page.get_by_role("button", name="Promise it to Elif").click()
    expect(page.get_by_text("Give a day and a time.").first).to_be_visible()
    expect(page.get_by_label("Why does it take longer?")).to_have_value(WHY)
    assert barriers(page) == []


def test_it_works_without_script(late: Ticket, company: Company, window: Open) -> None:
    page = window(company.mihai, "/tickets/IT-1/", java_script_enabled=False)
    page.locator("#slip > summary").click()
    page.get_by_label("In one hour of work").check()
    page.get_by_label("Why does it take longer?").fill(WHY)
    page.get_by_role("button", name="Promise it to Elif").click()
    expect(page.locator("#slip > summary")).to_contain_text("New promise:")
    assert Slip.objects.open().get().reason == WHY


@pytest.mark.parametrize("options", [{}, PHONE])
@pytest.mark.parametrize("path", ["/tickets/IT-1/", "/tickets/IT-1/promise/"])
def test_the_question_has_no_barrier_and_fits(
    late: Ticket, company: Company, window: Open, options: dict[str, Any], path: str
) -> None:
    page = window(company.mihai, path, **options)
    for question in page.locator("#slip > summary").all():
        question.click()
    assert barriers(page) == []
    darken(page)
    assert barriers(page, "color-contrast") == []
    assert overflow(page) == 0


@pytest.mark.parametrize("options", [{}, PHONE])
@pytest.mark.parametrize("path", ["/", "/requests/IT-1/"])
def test_who_waits_reads_it_without_a_barrier(
    late: Ticket, company: Company, window: Open, options: dict[str, Any], path: str
) -> None:
    page = window(company.elif_, path, **options)
    expect(seen(page, "We are late, sorry.")).to_be_visible()
    assert barriers(page) == []
    darken(page)
    assert barriers(page, "color-contrast") == []
    assert overflow(page) == 0


def test_why_opens_by_keyboard_and_says_what_was_counted(
    late: Ticket, company: Company, window: Open
) -> None:
    page = window(company.mihai, late.get_desk_url())
    asked = page.locator("#why-first_response")
    asked.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(asked.locator(".explain")).to_contain_text("Over the promise")
    assert barriers(page) == []


def test_why_fits_a_phone_for_who_asked(late: Ticket, company: Company, window: Open) -> None:
    page = window(company.elif_, late.get_absolute_url(), **PHONE)
    page.locator("summary", has_text="How is this counted?").locator("visible=true").first.click()
    told = page.locator(".explain").locator("visible=true").first
    expect(told).to_contain_text("We promised a first answer within")
    assert overflow(page) == 0
