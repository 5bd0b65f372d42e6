"""Somebody on call is paged, and answers: by the link in the mail, and on the desk's page."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.browser import Chromium, Watched
from tests.journeys.letterbox import Letterbox, text_of
from tests.journeys.running import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]
ANSWER = "I have it"


def ask(elif_: Watched, summary: str) -> str:
    steps.choose_service(elif_, "lapt", "Laptop repair")
    steps.choose_kind(elif_, "sure", "I am not sure")
    return steps.ask(elif_, summary, "It smells burnt.")


def page_by_hand(agent: Watched, number: str) -> None:
    """From the ticket to the form, and the sentence that wakes somebody."""
    page = agent.open(f"/tickets/{number}/")
    page.get_by_role("link", name="Page the person on call").click()
    expect(page.get_by_text("Who is called, in this order")).to_be_visible()
    page.get_by_label("What is so urgent?").fill("The rack is on fire")
    page.get_by_role("button", name="Page Mihai").click()
    expect(page.locator("#page-now")).to_contain_text("Paged Mihai Ionescu today")
    expect(page.locator("#page-now")).to_contain_text("Next: Jonas Bauer, today")


def link_in(letters: Letterbox, product: Product, number: str) -> str:
    letter = letters.wait_for("mihai", "[Page]", number)
    found = re.search(rf"{product.address}(/page/[\w-]+/)", text_of(letter))
    assert found is not None
    return found[1]


def test_who_is_called_answers_by_the_link_and_everybody_sees_it(
    chromium: Chromium, letters: Letterbox, product: Product
) -> None:
    elif_, jonas = chromium.window("elif"), chromium.window("jonas")
    number = ask(elif_, "The rack smells")
    page_by_hand(jonas, number)
    steps.sees(elif_, "Jonas Bauer paged Mihai Ionescu.")

    phone = chromium.window("", phone=True)
    shown = phone.open(link_in(letters, product, number))
    expect(shown.get_by_role("heading", level=1)).to_have_text("Elif Yıldız needs help now.")
    expect(shown.get_by_text("The rack is on fire")).to_be_visible()
    expect(jonas.page.locator("#page-now")).to_contain_text("nobody answered yet")

    shown.get_by_role("button", name=ANSWER).click()
    expect(shown.get_by_role("heading", level=1)).to_contain_text("You have it, since today")
    expect(shown.get_by_role("button", name=ANSWER)).to_have_count(0)

    expect(jonas.page.locator("#page-now")).not_to_contain_text("Paged", timeout=30000)
    steps.sees(elif_, "Mihai Ionescu answered the page.")
    expect(elif_.page.locator(".steps")).to_contain_text("Mihai is on it", timeout=30000)
    assert not letters.to("jonas", "[Page]", number)


def test_an_agent_answers_on_the_desk_by_keyboard(
    chromium: Chromium, letters: Letterbox, product: Product
) -> None:
    elif_, jonas, mihai = (chromium.window(name) for name in ("elif", "jonas", "mihai"))
    number = ask(elif_, "The rack smells again")
    page_by_hand(jonas, number)
    link = link_in(letters, product, number)

    button = mihai.open(f"/tickets/{number}/").get_by_role("button", name=ANSWER)
    button.focus()
    button.press("Enter")
    expect(mihai.page.get_by_text("You have it. Nobody else is called.")).to_be_visible()
    expect(mihai.page.locator("#page-now")).not_to_contain_text("Paged")

    shown = mihai.open(link)
    expect(shown.get_by_role("heading", level=1)).to_contain_text("You have it, since today")


def test_without_scripts_the_link_answers_too(
    chromium: Chromium, letters: Letterbox, product: Product
) -> None:
    elif_, jonas = chromium.window("elif"), chromium.window("jonas")
    number = ask(elif_, "The rack smells once more")
    page_by_hand(jonas, number)
    plain = chromium.window("", script=False)
    shown = plain.open(link_in(letters, product, number))
    shown.get_by_role("button", name=ANSWER).click()
    expect(shown.get_by_role("heading", level=1)).to_contain_text("You have it, since today")
