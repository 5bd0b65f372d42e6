"""Takes the pictures of the README from a running demo: `screenshots.py http://127.0.0.1:8000`."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
PASSWORD = "helpdesk-demo"
CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it."""

    name: str
    who: str
    path: str
    then: Callable[[Page], None] = lambda page: None
    theme: Literal["light", "dark"] = "light"
    is_phone: bool = False


def ask_about_a_laptop(page: Page) -> None:
    """From the shelf to a form that is half filled."""
    page.get_by_role("link", name="Laptop").first.click()
    kind = page.get_by_role("combobox", name="What exactly is the problem?")
    kind.press_sequentially("ba")
    page.get_by_role("option").first.click()
    page.get_by_label("What do you need, in a few words?").fill("Laptop does not charge")


def open_my_request(page: Page) -> None:
    page.locator("a.req").first.click()


def ask_why(page: Page) -> None:
    """A ticket on the desk, with one of its clocks explaining itself."""
    page.get_by_role("link", name="Laptop battery does not charge").click()
    page.locator(".clock-why").last.click()


def open_first_service(page: Page) -> None:
    page.locator("a.kind").first.click()


PICTURES = (
    Picture("home", "elif", "/"),
    Picture("home-phone", "elif", "/", is_phone=True),
    Picture("ask", "elif", "/services/", ask_about_a_laptop),
    Picture("ticket", "elif", "/", open_my_request),
    Picture("ticket-phone", "elif", "/", open_my_request, is_phone=True),
    Picture("queue", "mihai", "/desk/it/"),
    Picture("queue-dark", "mihai", "/desk/it/", theme="dark"),
    Picture("agent", "mihai", "/desk/it/", ask_why),
    Picture("dashboard", "jonas", "/figures/it/"),
    Picture("dashboard-dark", "jonas", "/figures/it/", theme="dark"),
    Picture("studio", "jonas", "/studio/it/", open_first_service),
)


def take(browser: Browser, address: str, picture: Picture) -> None:
    """Sign in, go there, keep what is on the screen."""
    width, height = (390, 844) if picture.is_phone else (1360, 900)
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if picture.is_phone else 1,
        color_scheme=picture.theme,
        reduced_motion="reduce",
        locale="en-GB",
    )
    page.goto(f"{address}/accounts/login/?login={picture.who}@aldera.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")
    page.goto(address + picture.path)
    picture.then(page)
    page.wait_for_load_state("load")
    for form in page.locator("form[data-seen]").all():
        form.wait_for(state="hidden")  # the news of this page is read by looking at it
    page.mouse.move(0, 0)
    page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled", caret="hide")
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of the running demo")
    parser.add_argument("names", nargs="*", help="of pictures; all where none is given")
    wanted = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for picture in PICTURES:
            if not wanted.names or picture.name in wanted.names:
                take(browser, wanted.address.rstrip("/"), picture)
                print(f"{picture.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
