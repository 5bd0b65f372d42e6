"""Asking, answering and confirming on a phone: by touch, 390 pixels wide, nothing sticks out."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys import steps
from tests.journeys.browser import Chromium, Watched, overflow

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def touch(person: Watched, target: Locator) -> None:
    """Tap it, as soon as the page that shows it is there and fits the screen."""
    target.wait_for()
    assert overflow(person.page) == 0, person.page.url
    target.tap()


def ask_on_phone(asker: Watched, summary: str) -> str:
    page = asker.open("/")
    touch(asker, page.get_by_label("What do you need help with?"))
    page.keyboard.type("lapt")
    touch(asker, page.get_by_role("option", name="Laptop repair").first)
    kind = page.get_by_role("combobox", name="What exactly is the problem?")
    touch(asker, kind)
    touch(asker, page.get_by_role("option", name="Battery or charging"))
    expect(page.locator("#offer-phone")).to_be_visible()
    page.get_by_label("What do you need, in a few words?").fill(summary)
    page.get_by_label("What happened?").fill("Since this morning.")
    touch(asker, page.get_by_role("button", name="Send to IT"))
    expect(page.get_by_role("heading", name=summary)).to_be_visible()
    return steps.number_in(page.url)


def test_a_request_is_asked_answered_and_confirmed_on_a_phone(chromium: Chromium) -> None:
    elif_, mihai = (chromium.window(name, phone=True) for name in ("elif", "mihai"))
    number = ask_on_phone(elif_, "Phone cannot charge")

    mihai.open("/desk/it/?view=unassigned")
    touch(mihai, mihai.page.locator(".q-row", has_text=number).get_by_role("link").first)
    mihai.page.get_by_label("Reply to Elif").last.fill("Take the one from the drawer.")
    touch(mihai, mihai.page.get_by_role("button", name="Send", exact=True))
    touch(mihai, mihai.page.get_by_role("button", name="Solve", exact=True))
    touch(mihai, mihai.page.get_by_role("link", name="Details"))
    expect(mihai.page.get_by_role("heading", name="Promises")).to_be_visible()

    steps.sees(elif_, "Take the one from the drawer.")
    touch(elif_, elif_.page.get_by_role("button", name="Yes, solved"))
    expect(elif_.page.get_by_role("heading", name="This request is closed")).to_be_visible()
