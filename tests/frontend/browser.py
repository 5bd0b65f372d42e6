"""One page with our scripts and styles in a real Chromium, without a server."""

import mimetypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page, Request, Route, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ORIGIN = "http://helpdesk.test"
STYLES = ("tokens", "base", "shell", "controls", "content", "portal", "agent", "charts",
          "overlays", "print")  # fmt: skip
SCRIPTS = ("theme", "ui", "once", "select", "combobox", "dropzone", "composer", "draft", "live",
           "palette")  # fmt: skip
POLICY = "default-src 'self'"
Answer = tuple[int, str]


@dataclass
class Site:
    """What the browser asks for, and what it gets; every request is remembered."""

    page: Page
    answers: dict[str, Callable[[Request], Answer]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, body: str, attributes: str = "", *, body_attributes: str = "") -> Page:
        """Show this body within all styles and scripts, under the product's strict policy."""
        self.answers["/"] = lambda _: (200, document(body, attributes, body_attributes))
        self.page.goto(f"{ORIGIN}/")
        return self.page

    def sent_to(self, path: str) -> list[str]:
        return [r.post_data or "" for r in self.asked if r.url.removeprefix(ORIGIN) == path]

    def answer(self, route: Route, request: Request) -> None:
        path = request.url.removeprefix(ORIGIN).split("?")[0]
        if path.startswith("/static/"):
            file = settings.BASE_DIR / path.removeprefix("/")
            kind = mimetypes.guess_type(file.name)[0] or "text/plain"
            route.fulfill(body=file.read_bytes(), content_type=kind)
            return
        self.asked.append(request)
        status, body = self.answers.get(path, nothing)(request)
        headers = {"Content-Security-Policy": POLICY}
        route.fulfill(status=status, body=body, content_type="text/html", headers=headers)


def nothing(_: Request) -> Answer:
    return 404, ""


def document(body: str, attributes: str, body_attributes: str) -> str:
    styles = "".join(f'<link rel="stylesheet" href="/static/css/{n}.css">' for n in STYLES)
    scripts = "".join(f'<script type="module" src="/static/js/{n}.js"></script>' for n in SCRIPTS)
    return (
        f'<!DOCTYPE html><html lang="en" data-density="dense" data-icons="/static/icons.svg"'
        f' {attributes}><head><meta charset="utf-8"><title>x</title>{styles}{scripts}</head>'
        f'<body {body_attributes}><main id="main">{body}</main></body></html>'
    )


@contextmanager
def site() -> Iterator[Site]:
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
        page = browser.new_page()
        here = Site(page)
        page.route("**/*", here.answer)
        page.on("pageerror", lambda error: here.complaints.append(str(error)))
        page.set_default_timeout(5000)
        yield here
        browser.close()
