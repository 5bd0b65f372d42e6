"""What people do in journeys, each step as one would tell it."""

import re
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid

from playwright.sync_api import FilePayload, expect

from tests.journeys.browser import Watched
from tests.journeys.letterbox import text_of
from tests.journeys.running import Product

PICTURE: FilePayload = {
    "name": "jam.png",
    "mimeType": "image/png",
    "buffer": b"\x89PNG\r\n\x1a\n picture",
}


# --- The lead ---------------------------------------------------------------------------------


def publish(lead: Watched, name: str, *, kinds: list[str]) -> None:
    """Make a service with these kinds of problem, and put it on the shelf."""
    page = lead.open("/studio/it/")
    page.get_by_role("link", name="New service").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("What is it for?").fill("Doors, lockers and the canteen.")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name="Categories").click()
    for kind in kinds:
        page.get_by_label("Name", exact=True).fill(kind)
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_text(f"“{kind}” is in the list.")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published. People can ask for it now.")).to_be_visible()


def answers_kept(lead: Watched) -> int:
    """How many first answers came in time, as the dashboard says."""
    page = lead.open("/figures/it/")
    figure = page.locator(".kpi", has_text="First answers kept")
    found = re.search(r"(\d+) kept", figure.text_content() or "")
    return int(found[1]) if found else 0


# --- The one who asks -------------------------------------------------------------------------


def choose_service(asker: Watched, typed: str, name: str) -> None:
    """Find a service by the first letters."""
    page = asker.open("/")
    page.get_by_label("What do you need help with?").press_sequentially(typed)
    page.get_by_role("option", name=name).first.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def choose_kind(asker: Watched, typed: str, name: str) -> None:
    kind = asker.page.get_by_role("combobox", name="What exactly is the problem?")
    kind.press_sequentially(typed)
    asker.page.get_by_role("option", name=name).click()


def ask(asker: Watched, summary: str, body: str, *, file: bool = False) -> str:
    """Fill and send the open form; the number that the request got."""
    page = asker.page
    page.get_by_label("What do you need, in a few words?").fill(summary)
    page.get_by_label("What happened?").fill(body)
    if file:
        page.locator("input[type=file]").set_input_files(PICTURE)
    page.get_by_role("button", name="Send to").click()
    expect(page.get_by_role("heading", name=summary, level=1)).to_be_visible()
    return number_in(page.url)


def number_in(url: str) -> str:
    found = re.search(r"[A-Z]+-\d+", url)
    assert found, url
    return found[0]


def confirm(asker: Watched) -> None:
    """Say on the page that it is solved."""
    page = asker.page
    page.get_by_role("button", name="Yes, solved").click()
    expect(page.get_by_text("Good. Thank you for telling us.")).to_be_visible()
    expect(page.get_by_role("heading", name="This request is closed")).to_be_visible()


def sees(person: Watched, words: str) -> None:
    """The words appear without anybody loading the page again."""
    expect(person.page.locator(".thread").get_by_text(words)).to_be_visible(timeout=30000)


# --- The one who answers ----------------------------------------------------------------------


def sees_in_queue(agent: Watched, number: str) -> None:
    """The row comes by itself."""
    row = agent.page.locator(".q-row", has_text=number)
    expect(row).to_be_visible(timeout=30000)


def open_from_queue(agent: Watched, number: str, summary: str) -> None:
    agent.page.locator(".q-row", has_text=number).get_by_role("link", name=summary).click()
    expect(agent.page.get_by_role("heading", name=summary, level=1)).to_be_visible()


def reply_and_wait(agent: Watched, words: str) -> None:
    """Answer with a question, and hold the clock until the answer comes."""
    page = agent.page
    page.get_by_label("Reply to Elif").last.fill(words)
    page.get_by_text("Send and …").click()
    page.get_by_role("button", name="Send and wait for Elif").click()
    sees(agent, words)


def solve(agent: Watched) -> None:
    agent.page.get_by_role("button", name="Solve", exact=True).click()
    expect(agent.page.locator(".work-head").get_by_text("Solved", exact=True)).to_be_visible()


# --- Mail -------------------------------------------------------------------------------------


def answer_by_mail(product: Product, letter: EmailMessage, words: str) -> None:
    """What a mail program makes of “Reply”, handed to the product's own mail listener."""
    reply = EmailMessage()
    reply["From"], reply["To"] = "Elif Yıldız <elif@aldera.example>", str(letter["Reply-To"])
    reply["Subject"], reply["Message-ID"] = f"Re: {letter['Subject']}", make_msgid()
    reply["In-Reply-To"] = reply["References"] = str(letter["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in text_of(letter).splitlines())
    reply.set_content(f"{words}\n\nOn Monday, the IT help desk wrote:\n{quoted}\n")
    hand_in(product, reply)


def hand_in(product: Product, letter: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", product.smtp_port, timeout=20) as peer:
        peer.send_message(letter)
