"""A lead makes a promise, tries it, saves it and looks back: with script, without, on a phone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser import Chromium, Watched, barriers, darken, overflow

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PROMISES = "/desk/times/promises/"


def found(lead: Watched, name: str) -> Page:
    """Make a promise with one target, and stay in its editor."""
    page = lead.open(PROMISES)
    page.get_by_role("main").get_by_role("link", name="New promise").click()
    page.get_by_label("Name", exact=True).fill(name)
    target(page, "Normal", "First answer").fill("4")
    page.get_by_role("button", name="Save the promise").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return page


def target(page: Page, priority: str, kind: str) -> Locator:
    return page.get_by_role("group", name=priority, exact=True).get_by_label(kind, exact=True)


@pytest.mark.parametrize("script", [True, False])
def test_a_promise_is_made_tried_and_changed(chromium: Chromium, script: bool) -> None:
    name = f"Office hours {script}"
    page = found(chromium.window("jonas", script=script), name)
    page.get_by_role("button", name="Add a step").click()
    step = page.get_by_role("group", name="Step 1")
    step.get_by_label("When", exact=True).fill("2")
    expect(step.get_by_label("Who", exact=True)).to_be_hidden()
    step.get_by_label("What to do").select_option("Tell a person")
    step.get_by_label("Who", exact=True).select_option("Mihai Ionescu")
    target(page, "Normal", "First answer").fill("2")
    page.get_by_role("button", name="Check first").click()
    expect(page.get_by_text("No clock runs by this now")).to_be_visible()
    expect(target(page, "Normal", "First answer")).to_have_value("2")
    page.get_by_label("Why this change?").fill("Two people more.")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("“Two people more.”")).to_be_visible()
    changed = "Normal · First answer: 2 hours instead of 4 hours"
    expect(page.get_by_text(changed)).to_be_visible()


def test_what_is_wrong_is_said_and_everything_stays(chromium: Chromium) -> None:
    page = found(chromium.window("jonas"), "Careful")
    target(page, "Urgent", "Solution").fill("soon")
    target(page, "Low", "Solution").fill("9")
    page.get_by_role("button", name="Save as a new version").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Write a number, like 4 or 1.5.").click()
    expect(target(page, "Urgent", "Solution")).to_be_focused()
    expect(target(page, "Urgent", "Solution")).to_have_value("soon")
    expect(target(page, "Low", "Solution")).to_have_value("9")
    assert barriers(page) == []


def test_the_enter_key_tries_and_does_not_save(chromium: Chromium) -> None:
    page = found(chromium.window("jonas"), "By keyboard")
    target(page, "Normal", "First answer").fill("1")
    target(page, "Normal", "First answer").press("Enter")
    expect(page.get_by_text("No clock runs by this now")).to_be_visible()
    expect(page.get_by_text("version 1, since today")).to_be_visible()


def test_the_editor_and_its_history_have_no_barrier_and_fit_a_phone(chromium: Chromium) -> None:
    page = found(chromium.window("jonas"), "For every eye")
    page.get_by_role("button", name="Add a step").click()
    for link in ("", "History"):
        if link:
            page.get_by_role("link", name=link).click()
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1360, "height": 900})
        assert barriers(page) == []
        darken(page)
        assert barriers(page, "color-contrast") == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow(page) == 0
