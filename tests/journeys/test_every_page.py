"""Every page, light and dark and on a phone: no barrier, no complaint, nothing sticks out."""

from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Chromium, barriers, darken, overflow
from tests.journeys.running import Product
from tests.journeys.steps import hand_in, number_in
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.once]
PAGES = {
    "": ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"],
    "elif": [
        *("/", "/services/", "/services/?q=laptop", "/services/?q=xyz", "/departments/it/"),
        *("/ask/", "/ask/1/", "/ask/3/", "/requests/", "/requests/?show=done", "/requests/NUMBER/"),
        *("/people/", "/people/?q=mi", "/people/2/", "/me/", "/notifications/"),
        *("/accounts/logout/", "/accounts/password/change/"),
    ],
    "mihai": [
        *("/desk/it/", "/desk/it/?view=mine", "/desk/it/?view=all"),
        *("/desk/it/?q=nothing-of-the-kind", "/desk/it/new/", "/tickets/NUMBER/"),
        *("/tickets/NUMBER/side/", "/tickets/NUMBER/move/", "/tickets/NUMBER/people/"),
        *("/tickets/NUMBER/merge/", "/tickets/NUMBER/promise/", "/desk/it/?view=owing"),
        *("/desk/it/on-call/", "/me/"),
    ],
    "jonas": [
        *("/studio/it/", "/studio/it/new/", "/studio/services/1/", "/studio/categories/1/"),
        *("/studio/services/1/categories/", "/figures/it/"),
        *("/desk/it/on-call/", "/desk/it/on-call/setup/", "/desk/it/on-call/layers/new/"),
        *("/figures/it/tickets/?figure=answer", "/desk/mail/", "/desk/mail/1/"),
        *("/desk/times/calendars/", "/desk/times/calendars/new/?desk=it", "/studio/it/times/"),
        *("/desk/times/promises/", "/desk/times/promises/new/?desk=it"),
    ],
    "sam": [
        *("/desk/outbox/", "/desk/outbox/1/", "/house/times/"),
        *("/desk/times/calendars/2/", "/desk/times/calendars/2/feed/"),
        "/desk/times/calendars/2/history/",
    ],
}


@pytest.fixture(scope="module")
def number(product: Product) -> str:
    """A ticket with a conversation, and a letter that was kept aside."""
    elif_, mihai = (Visitor(product.address).sign_in(name) for name in ("elif", "mihai"))
    found = number_in(elif_.ask("Every page shows me").location)
    path = f"/tickets/{found}/"
    for fields in ({"body": "Seen **it**."}, {"body": "Only us.", "kind": "note"}):
        write = f"{path}write/"
        assert mihai.post(write, mihai.get(path).form(write) | fields).status == 302
    hand_in(product, from_a_stranger())
    product.wait_for(lambda: product.rows("SELECT id FROM tickets_inboundmail"))
    product.wait_for(lambda: product.rows("SELECT id FROM tickets_outboundmail"))
    return found


def from_a_stranger() -> EmailMessage:
    """A letter that nobody may answer before a lead has looked at it."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "Ana <ana@elsewhere.example>", "it@aldera.example"
    letter["Subject"], letter["Message-ID"] = "Your invoice", make_msgid()
    letter.set_content("Please find it attached.")
    return letter


@pytest.mark.parametrize(
    ("who", "path"), [(who, path) for who, paths in PAGES.items() for path in paths]
)
def test_a_page_has_no_barrier_and_fits_a_phone(
    chromium: Chromium, number: str, who: str, path: str
) -> None:
    page = chromium.window(who).open(path.replace("NUMBER", number))
    assert barriers(page) == []
    darken(page)
    assert barriers(page, "color-contrast") == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_a_refused_form_has_no_barrier(chromium: Chromium) -> None:
    page = chromium.window("elif").open("/ask/1/")
    page.locator("form[enctype]").evaluate("(form) => { form.noValidate = true; }")
    page.get_by_role("button", name="Send to").click()
    expect(page.get_by_text("Say in a few words what you need.").first).to_be_visible()
    assert barriers(page) == []


def test_what_opens_over_a_page_has_no_barrier(chromium: Chromium, number: str) -> None:
    page = chromium.window("mihai").open(f"/tickets/{number}/")
    for keys, opened in (("Control+k", "dialog.palette"), ("Shift+?", "dialog[data-help]")):
        page.keyboard.press(keys)
        expect(page.locator(opened)).to_be_visible()
        assert barriers(page) == []
        page.keyboard.press("Escape")
        expect(page.locator(opened)).to_be_hidden()


def test_what_unfolds_on_a_ticket_has_no_barrier(chromium: Chromium, number: str) -> None:
    page = chromium.window("mihai").open(f"/tickets/{number}/")
    for words in ("Send and …", "why?"):
        page.locator("summary", has_text=words).first.click()
        assert barriers(page) == []
