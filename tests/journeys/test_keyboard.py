"""Everything from signing in to confirming, without a mouse."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys import steps
from tests.journeys.browser import Chromium, Watched
from tests.journeys.visitor import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.processes]
FOCUSED = "(element) => element === document.activeElement"
VISIBLE = "(element) => getComputedStyle(element).outlineStyle !== 'none'"


def tab_to(person: Watched, target: Locator) -> None:
    """Tab on until it has the focus, and shows it."""
    for _press in range(120):
        if target.evaluate(FOCUSED):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {target} on {person.page.url}")


def press_button(person: Watched, name: str) -> None:
    button = person.page.get_by_role("button", name=name)
    tab_to(person, button)
    assert button.evaluate(VISIBLE), f"nobody sees that {name} has the focus"
    person.page.keyboard.press("Enter")


def write(person: Watched, label: str, words: str) -> None:
    tab_to(person, person.page.get_by_label(label))
    person.page.keyboard.type(words)


def sign_in(person: Watched, who: str) -> None:
    person.open("/")
    write(person, "Work e-mail", f"{who}@aldera.example")
    write(person, "Password", PASSWORD)
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("Elif")


def ask(person: Watched, summary: str) -> str:
    page, keys = person.page, person.page.keyboard
    write(person, "What do you need help with?", "lapt")
    expect(page.get_by_role("option").first).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    tab_to(person, page.get_by_role("combobox", name="What exactly is the problem?"))
    keys.type("batt")
    keys.press("Enter")
    write(person, "What do you need, in a few words?", summary)
    write(person, "What happened?", "I pressed every key.")
    press_button(person, "Send to IT")
    expect(page.get_by_role("heading", name=summary)).to_be_visible()
    return steps.number_in(page.url)


def answer_and_solve(agent: Watched, number: str, words: str) -> None:
    page, keys = agent.open("/desk/it/"), agent.page.keyboard
    row = page.locator(".q-row", has_text=number).get_by_role("link").first
    for _press in range(60):
        keys.press("j")
        if row.evaluate(FOCUSED):
            break
    keys.press("Enter")
    page.wait_for_url(f"**/tickets/{number}/")
    keys.press("r")
    keys.type(words)
    keys.press("Control+Shift+Enter")
    steps.sees(agent, words)


def test_a_request_is_asked_answered_and_confirmed_with_keys_alone(chromium: Chromium) -> None:
    elif_, mihai = chromium.window(""), chromium.window("mihai")
    sign_in(elif_, "elif")
    number = ask(elif_, "Mouse is dead")
    answer_and_solve(mihai, number, "A new one lies at the desk.")
    steps.sees(elif_, "A new one lies at the desk.")
    press_button(elif_, "Yes, solved")
    expect(elif_.page.get_by_role("heading", name="This request is closed")).to_be_visible()


def test_control_enter_sends_a_reply_and_n_begins_a_note(chromium: Chromium) -> None:
    elif_, mihai = chromium.window("elif"), chromium.window("mihai")
    steps.choose_service(elif_, "lapt", "Laptop repair")
    steps.choose_kind(elif_, "sure", "I am not sure")
    number = steps.ask(elif_, "Keys stick", "Coffee.")
    page, keys = mihai.open(f"/tickets/{number}/"), mihai.page.keyboard
    keys.press("n")
    keys.type("She says coffee. It is tea.")
    keys.press("Control+Enter")
    expect(page.locator(".msg-note")).to_contain_text("It is tea")
    page.locator("body").press("r")
    keys.type("We change the keyboard today.")
    keys.press("Control+Enter")
    steps.sees(elif_, "We change the keyboard today.")
    assert "It is tea" not in elif_.page.content()
