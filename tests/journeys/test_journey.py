"""One request on its whole way: published, asked, acknowledged, answered, solved, counted."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.browser import Chromium
from tests.journeys.letterbox import Letterbox, text_of
from tests.journeys.running import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_a_request_travels_from_the_shelf_to_the_dashboard(
    chromium: Chromium, letters: Letterbox, product: Product
) -> None:
    elif_, mihai, jonas = (chromium.window(name) for name in ("elif", "mihai", "jonas"))
    kept_before = steps.answers_kept(jonas)
    steps.publish(jonas, "Badge and key", kinds=["Badge is lost", "Door does not open"])
    mihai.open("/desk/it/")

    steps.choose_service(elif_, "badg", "Badge and key")
    steps.choose_kind(elif_, "door", "Door does not open")
    expect(elif_.page.locator("#offer")).to_contain_text("First answer by")
    number = steps.ask(elif_, "Door 4 stays shut", "It blinks red.", file=True)
    expect(elif_.page.locator(".side .promise")).to_contain_text("You will hear from us by")
    expect(elif_.page.get_by_role("link", name="jam.png")).to_be_visible()
    letters.wait_for("elif", number, "You will hear from us by")

    steps.sees_in_queue(mihai, number)
    steps.open_from_queue(mihai, number, "Door 4 stays shut")
    steps.reply_and_wait(mihai, "Is your badge the old blue one?")
    question = letters.wait_for("elif", "Is your badge the old blue one?")
    steps.sees(elif_, "Is your badge the old blue one?")

    steps.answer_by_mail(product, question, "Yes, the blue one.")
    steps.sees(mihai, "Yes, the blue one.")
    steps.sees(elif_, "Yes, the blue one.")
    expect(elif_.page.locator(".thread")).to_contain_text("by e-mail")

    steps.solve(mihai)
    steps.confirm(elif_)
    product.wait_for(lambda: steps.answers_kept(jonas) == kept_before + 1)
    jonas.open("/figures/it/tickets/?figure=answer")
    expect(jonas.page.get_by_text(number).first).to_be_visible()


def test_the_acknowledgement_says_what_happens_next(
    chromium: Chromium, letters: Letterbox, product: Product
) -> None:
    elif_ = chromium.window("elif")
    steps.choose_service(elif_, "lapt", "Laptop repair")
    steps.choose_kind(elif_, "batt", "Battery or charging")
    number = steps.ask(elif_, "Battery swells", "The lid does not close any more.")
    letter = letters.wait_for("elif", number)
    text = text_of(letter)
    assert "We have it, Elif. You will hear from us by" in text
    assert f"{product.address}/requests/{number}/" in text
    assert f"{product.address}/requests/{number}/" in text_of(letter, "html")
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["X-Auto-Response-Suppress"] == "All"
    assert re.search(r"it\.helpdesk\.aldera\.example", str(letter["List-Id"]))
    assert re.search(r"<[^<>@\s]{20,}@aldera\.example>", str(letter["Message-ID"]))
    assert re.search(r"it\+t\S{10,}@aldera\.example", str(letter["Reply-To"]))


def test_the_bell_counts_news_without_a_reload(chromium: Chromium) -> None:
    elif_, mihai = chromium.window("elif"), chromium.window("mihai")
    steps.choose_service(elif_, "lapt", "Laptop repair")
    steps.choose_kind(elif_, "sure", "I am not sure")
    number = steps.ask(elif_, "Fan is loud", "Since the update.")
    count = elif_.open("/people/").locator("#bell .count")
    before = int(count.inner_text()) if count.count() else 0
    mihai.open(f"/tickets/{number}/")
    steps.reply_and_wait(mihai, "Does it stop after a restart?")
    expect(count).to_have_text(str(before + 1), timeout=30000)
