"""The calendar editor in a real Chromium: by mouse, by keyboard, on a phone, without script."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from departments.actions import timing
from departments.calendars import rules_of
from departments.models import Calendar, Person
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import Make
from tests.frontend.browser import CHROMIUM
from tests.journeys.browser import barriers, darken, overflow
from tickets.actions import resettling
from tickets.models import Clock

pytestmark = [
    pytest.mark.once,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
]
SignIn = Callable[[Person], Client]
Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


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
def own(company: Company) -> Calendar:
    made = timing.found_calendar("IT office", OFFICE_HOURS, department=company.it)
    company.it.calendar = made
    company.it.save(update_fields=["calendar"])
    return made


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the page itself complains about: scripts that fail, what the policy forbids."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_editor(
    chromium: Browser,
    live_server: Any,
    company: Company,
    own: Calendar,
    sign_in: SignIn,
    complaints: list[str],
) -> Open:
    """Jonas in front of the editor."""

    def note(kind: str, words: str) -> None:
        # A form that is refused kindly is a 422 and no failure.
        if kind == "error" and "422" not in words:
            complaints.append(words)

    def opened(**window: Any) -> Page:
        context = chromium.new_context(locale="en-GB", reduced_motion="reduce", **window)
        context.set_default_timeout(15000)
        session = sign_in(company.jonas).cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: note(said.type, said.text))
        page.goto(f"{live_server.url}/desk/times/calendars/{own.pk}/")
        return page

    return opened


def bars(page: Page, day: int) -> list[tuple[str | None, str | None]]:
    """What is drawn as open on a weekday: begin and length in minutes."""
    drawn = page.locator(f"[data-weekday='{day}'] .strip .on").all()
    return [(bar.get_attribute("x"), bar.get_attribute("width")) for bar in drawn]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.value"))


def test_a_lead_changes_hours_sees_what_moves_and_saves(
    open_editor: Open, make: Make, own: Calendar
) -> None:
    for hours in (1, 30):
        make.ticket(at=timezone.now() - timedelta(hours=hours))
    page = open_editor()
    for day in range(5):
        page.locator(f"#id_w{day}_0_closes").fill("12:00")
    page.get_by_role("button", name="Preview").first.click()
    panel = page.locator("#preview")
    expect(panel).to_contain_text("Mon–Fri: 09:00–12:00 instead of 09:00–17:00")
    expect(panel).to_contain_text(re.compile(r"This moves \d running clocks? of \d\."))
    expect(page.locator(".ahead-moved").first).to_contain_text("so far 09:00–17:00")
    panel.get_by_role("button", name="Save from today").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    resettling.resettle(now=timezone.now())
    stored = Calendar.objects.get(pk=own.pk)
    versions = set(Clock.objects.unstopped().values_list("calendar_version", flat=True))
    assert versions == {stored.current_id}


def test_a_strip_is_drawn_while_the_times_are_typed(open_editor: Open) -> None:
    page = open_editor()
    assert bars(page, 0) == [("540", "480")]
    page.locator("#id_w0_0_opens").fill("22:00")
    page.locator("#id_w0_0_closes").fill("06:00")
    assert bars(page, 0) == [("1320", "120")]
    assert sorted(bars(page, 1)) == [("0", "360"), ("540", "480")]


def test_rows_come_and_go_without_leaving_the_page(open_editor: Open) -> None:
    page = open_editor()
    page.get_by_label("Why this change?").fill("Lunch")
    page.locator("#id_w0_0_closes").fill("12:30")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name=re.compile("Hours.*Monday")).click()
    expect(page.locator("#id_w0_1_opens")).to_be_focused()
    page.keyboard.press("Tab")
    page.locator("#id_w0_1_opens").fill("13:30")
    page.locator("#id_w0_1_closes").fill("17:00")
    assert sorted(bars(page, 0)) == [("540", "210"), ("810", "210")]
    page.get_by_role("button", name="Take out Monday, hours 1").click()
    expect(page.locator("#id_w0_1_opens")).to_have_count(0)
    expect(page.locator("#id_w0_0_opens")).to_have_value("13:30")
    expect(page.get_by_role("button", name=re.compile("Hours.*Monday"))).to_be_focused()
    expect(page.get_by_label("Why this change?")).to_have_value("Lunch")
    assert page.evaluate("window.stayed") is True


def test_days_and_holidays_come_without_leaving_the_page(open_editor: Open, own: Calendar) -> None:
    page = open_editor()
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Add a day").click()
    expect(page.locator("#id_d0_on")).to_be_focused()
    country = page.get_by_role("combobox", name="Public holidays of")
    country.fill("Germ")
    page.get_by_role("option", name="Germany").click()
    expect(page.get_by_role("checkbox", name=re.compile("Labor Day")).first).to_be_checked()
    page.get_by_role("checkbox", name=re.compile("Labor Day")).first.uncheck()
    assert page.evaluate("window.stayed") is True
    page.get_by_role("button", name="Preview").first.click()
    expect(page.locator("#preview")).to_contain_text("Public holidays of Germany")
    page.get_by_role("button", name="Save from today").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    chosen = rules_of(Calendar.objects.get(pk=own.pk)).holidays
    assert chosen is not None
    assert (chosen.country, len(chosen.off)) == ("DE", 1)


def test_enter_in_a_field_previews_and_saves_nothing(open_editor: Open, own: Calendar) -> None:
    page = open_editor()
    page.locator("#id_w0_0_opens").fill("10:00")
    page.get_by_label("Why this change?").press("Enter")
    expect(page.locator("#preview")).to_contain_text("From today on")
    assert own.versions.count() == 1


def test_it_works_without_script(open_editor: Open, own: Calendar) -> None:
    page = open_editor(java_script_enabled=False)
    page.get_by_role("button", name=re.compile("Hours.*Saturday")).click()
    page.locator("#id_w5_0_opens").fill("10:00")
    page.locator("#id_w5_0_closes").fill("14:00")
    page.locator("select[name='country']").select_option("TR")
    page.get_by_role("button", name="Show their days").click()
    expect(page.get_by_text("Victory Day").first).to_be_visible()
    page.get_by_role("button", name="Preview").first.click()
    page.get_by_role("button", name="Save from today").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    rules = rules_of(Calendar.objects.get(pk=own.pk))
    assert (5 in rules.week, rules.holidays is not None) == (True, True)


def test_on_a_phone_everything_fits_and_the_days_are_one_tap_away(
    open_editor: Open, make: Make
) -> None:
    make.ticket(at=timezone.now() - timedelta(hours=1))
    page = open_editor(viewport=PHONE, is_mobile=True, has_touch=True)
    assert overflow(page) == 0
    page.get_by_role("button", name=re.compile("Hours.*Sunday")).tap()
    expect(page.locator("#id_w6_0_opens")).to_be_focused()
    page.locator("#id_w6_0_opens").fill("10:00")
    page.locator("#id_w6_0_closes").fill("12:00")
    page.get_by_role("button", name="Preview").first.tap()
    panel = page.locator("#preview")
    expect(panel).to_be_in_viewport()
    assert overflow(page) == 0
    panel.get_by_role("link", name="See the days").tap()
    expect(
        page.get_by_role("heading", name="The next 60 days, as they would be")
    ).to_be_in_viewport()
    expect(panel.get_by_role("button", name="Save from today")).to_be_visible()


def test_no_barriers_light_dark_and_refused(open_editor: Open, make: Make) -> None:
    make.ticket(at=timezone.now() - timedelta(hours=1))
    page = open_editor()
    page.get_by_role("button", name="Add a day").click()
    expect(page.locator("#id_d0_on")).to_be_focused()
    assert barriers(page) == []
    page.locator("#id_w0_0_closes").fill("12:00")
    page.get_by_role("button", name="Preview").first.click()
    expect(page.locator("#preview")).to_be_visible()
    assert barriers(page) == []
    darken(page)
    assert barriers(page, "color-contrast") == []
    page.locator("#id_w0_0_closes").fill("")
    with page.expect_response(lambda answer: answer.status == 422):
        page.get_by_role("button", name="Preview").first.click()
    expect(page.get_by_text("Give both times, or leave both empty.").first).to_be_visible()
    assert barriers(page) == []
