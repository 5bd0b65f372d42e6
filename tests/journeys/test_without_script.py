"""The main job in a browser that runs no script."""

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.browser import Chromium, Watched
from tests.journeys.visitor import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def sign_in(person: Watched, who: str) -> None:
    page = person.open("/")
    page.get_by_label("Work e-mail").fill(f"{who}@aldera.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def ask(person: Watched, summary: str) -> str:
    page = person.page
    page.get_by_label("What do you need help with?").fill("laptop")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Laptop repair").first.click()
    page.get_by_label("What exactly is the problem?").select_option("Battery or charging")
    return steps.ask(person, summary, "No script here.", file=True)


def test_a_request_is_asked_answered_solved_and_confirmed_without_script(
    chromium: Chromium,
) -> None:
    elif_, mihai = chromium.window("", script=False), chromium.window("mihai", script=False)
    sign_in(elif_, "elif")
    number = ask(elif_, "Script does not run")
    expect(elif_.page.get_by_role("link", name="jam.png")).to_be_visible()

    mihai.open("/desk/it/")
    steps.open_from_queue(mihai, number, "Script does not run")
    mihai.page.get_by_label("Reply to Elif").last.fill("It need not.")
    mihai.page.get_by_role("button", name="Send", exact=True).click()
    steps.sees(mihai, "It need not.")
    steps.solve(mihai)

    elif_.page.reload()
    steps.sees(elif_, "It need not.")
    steps.confirm(elif_)


def test_a_form_that_is_refused_keeps_every_word_without_script(chromium: Chromium) -> None:
    page = chromium.window("elif", script=False).open("/ask/1/")
    page.locator("form[enctype]").evaluate("(form) => form.setAttribute('novalidate', '')")
    page.get_by_label("What happened?").fill("I write first and choose later.")
    page.get_by_role("button", name="Send to").click()
    expect(page.get_by_label("What happened?")).to_have_value("I write first and choose later.")
    expect(page.get_by_text("Say in a few words what you need.").first).to_be_visible()
