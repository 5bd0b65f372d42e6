"""Real Chromium on the running product: what each page complains about is remembered."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright

from tests.journeys.running import Product
from tests.journeys.visitor import Visitor

CHROMIUM = Path("/usr/bin/chromium")
DESKTOP = {"viewport": {"width": 1360, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
LOOSENED = """document.addEventListener('securitypolicyviolation',
  (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));"""
# What inherits a fading colour begins to fade itself when its parent has finished.
AT_REST = """async () => {
  for (let still = 0, turn = 0; still < 3 && turn < 20; still += 1, turn += 1) {
    await new Promise(requestAnimationFrame);
    const fading = document.getAnimations();
    if (fading.length) still = 0;
    const rest = Promise.allSettled(fading.map((one) => one.finished));
    await Promise.race([rest, new Promise((enough) => setTimeout(enough, 2000))]);
  }
}"""


class Watched:
    """A browser window of one person, with everything in it that went wrong."""

    def __init__(self, product: Product, context: BrowserContext, who: str) -> None:
        self.product, self.context, self.who = product, context, who
        self.complaints: list[str] = []
        context.set_default_timeout(15000)
        context.add_init_script(LOOSENED)
        context.on("request", self.note_request)
        context.on("response", self.note_response)
        context.on("console", lambda said: self.note(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: self.note(str(error.error)))
        context.on("dialog", self.note_dialog)
        self.page = context.new_page()

    def note(self, words: str) -> None:
        # Answers are judged by their code: a form that is refused kindly is a 422 and no failure.
        if "Failed to load resource" not in words:
            self.complaints.append(f"{self.who} at {self.page.url}: {words}")

    def note_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        ports = {self.product.port, self.product.live_port}
        is_ours = url.hostname == "127.0.0.1" and url.port in ports
        if not is_ours and url.scheme not in {"data", "about", "blob"}:
            self.note(f"asked another host: {request.url}")

    def note_response(self, response: Response) -> None:
        if response.status >= 500 or response.status == 404:
            self.note(f"{response.status} {response.url}")

    def note_dialog(self, dialog: Any) -> None:
        self.note(f"a dialog says {dialog.message}")
        dialog.dismiss()

    def open(self, path: str) -> Page:
        self.page.goto(self.product.address + path)
        return self.page


class Chromium:
    """The browser program; each person gets windows of their own in it."""

    def __init__(self, product: Product, browser: Browser) -> None:
        self.product, self.browser = product, browser
        self.cookies: dict[str, list[tuple[str, str]]] = {}
        self.windows: list[Watched] = []

    def window(self, who: str, *, phone: bool = False, script: bool = True) -> Watched:
        """A window in which this person is signed in; "" is a guest."""
        context = self.browser.new_context(
            **(PHONE if phone else DESKTOP),
            locale="en-GB",
            timezone_id="Europe/Istanbul",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        if who:
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": self.product.address}
                    for name, value in self.session_of(who)
                ]
            )
        self.windows.append(Watched(self.product, context, who))
        return self.windows[-1]

    def session_of(self, who: str) -> list[tuple[str, str]]:
        """Signing in costs a second of password work, so each person does it once."""
        if who not in self.cookies:
            self.cookies[who] = Visitor(self.product.address).sign_in(who).cookies()
        return self.cookies[who]

    def close_windows(self) -> None:
        for window in self.windows:
            window.context.close()
        self.windows.clear()

    def complaints(self) -> list[str]:
        return [words for window in self.windows for words in window.complaints]

    def keep_pictures(self, folder: Path) -> None:
        """What each window shows, for whoever asks why a test failed."""
        for number, window in enumerate(self.windows):
            path = folder / f"{number}-{window.who or 'guest'}.png"
            window.page.screenshot(path=path, full_page=True, timeout=5000)


@contextmanager
def start_chromium(product: Product) -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
        chromium = Chromium(product, browser)
        yield chromium
        chromium.close_windows()
        browser.close()


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe finds that is serious or critical; of these rules only, where some are named."""
    options = {"runOnly": list(rules)} if rules else {}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{page.url}: {one['id']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def darken(page: Page) -> None:
    """Evening: the page turns dark, and its colours come to rest."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.evaluate(AT_REST)


def overflow(page: Page) -> int:
    """How many pixels of the page stick out to the side.

    It is compared with the screen: a phone's `innerWidth` grows with what sticks out.
    """
    assert page.viewport_size
    wide = int(page.evaluate("document.scrollingElement.scrollWidth"))
    return max(0, wide - page.viewport_size["width"])
