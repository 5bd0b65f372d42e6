"""A gap in the rota is seen beforehand and filled, also on a phone that runs no script."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser import Chromium, barriers, overflow

pytestmark = [pytest.mark.browser, pytest.mark.processes]
EDIT = re.compile("Edit ?: Line 2")
FULL = "Every hour of the next four weeks has somebody on call."


def go_away(page: Page) -> None:
    """Two days next week, without a deputy."""
    first = datetime.now(UTC).date() + timedelta(days=7)
    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_label("Last day").fill((first + timedelta(days=1)).isoformat())
    page.get_by_role("button", name="I am away then").click()
    expect(page.get_by_text("You are marked as away then.")).to_be_visible()


def gap(page: Page) -> Locator:
    return page.get_by_role("region", name="A layer has a gap.")


@pytest.mark.parametrize("is_plain", [False, True], ids=["script", "phone-without-script"])
def test_a_lead_sees_a_gap_and_fills_it(chromium: Chromium, is_plain: bool) -> None:
    mihai, jonas = (
        chromium.window(who, phone=is_plain, script=not is_plain) for who in ("mihai", "jonas")
    )
    go_away(mihai.open("/me/"))

    page = jonas.open("/desk/it/on-call/")
    expect(gap(page)).to_contain_text("“Line 1” has nobody from")
    expect(page.locator(".shift-nobody").first).to_contain_text("Mihai is away")
    gap(page).get_by_role("link").first.click()
    expect(page.get_by_label("From")).not_to_have_value("")
    page.get_by_role("button", name="Put on call").click()
    expect(page.get_by_text("Jonas is on call then.")).to_be_visible()
    expect(page.get_by_text(FULL)).to_be_visible()
    assert overflow(page) == 0

    page.get_by_role("button", name="Take back").click()
    expect(gap(page)).to_be_visible()
    mihai.page.get_by_role("button", name="Withdraw").click()
    expect(mihai.page.get_by_text("Withdrawn.")).to_be_visible()
    page.reload()
    expect(page.get_by_text(FULL)).to_be_visible()


def test_the_order_of_turns_is_changed_by_keyboard(chromium: Chromium) -> None:
    page = chromium.window("jonas").open("/desk/it/on-call/setup/")
    page.get_by_role("link", name=EDIT).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Mihai Ionescu").focus()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“Line 2” is saved.")).to_be_visible()
    expect(page.get_by_role("article").filter(has_text="Line 2")).to_contain_text("Jonas Bauer")

    page = chromium.windows[-1].open("/desk/it/on-call/setup/")
    expect(page.get_by_role("listitem").filter(has_text="Line 2")).to_contain_text("Jonas, Mihai")
    page.get_by_role("link", name=EDIT).click()
    page.get_by_label("Mihai Ionescu").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Line 2” is saved.")).to_be_visible()


def test_a_refused_cover_has_no_barrier_and_keeps_the_words(chromium: Chromium) -> None:
    page = chromium.window("jonas").open("/desk/it/on-call/")
    page.get_by_label("Reason").first.fill("I forgot the times")
    page.get_by_role("button", name="Put on call").click()
    expect(page.get_by_role("heading", name="2 things need another look")).to_be_visible()
    expect(page.get_by_label("Reason").first).to_have_value("I forgot the times")
    assert barriers(page) == []
