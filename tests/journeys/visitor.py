"""A person without a browser: real sessions and forms over HTTP, as quick as one can press."""

from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import (
    HTTPCookieProcessor,
    HTTPRedirectHandler,
    OpenerDirector,
    Request,
    build_opener,
)

from lxml.html import FormElement, fromstring

PASSWORD = "helpdesk-demo"  # everybody's, as in the demo
PATIENCE = 20.0
LAPTOP = "/ask/1/"  # the first service of the cast's company


class NoRedirect(HTTPRedirectHandler):
    """A redirect is an answer that the tests want to see."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Answer:
    """What came back: a code, where it leads, the words."""

    def __init__(self, status: int, headers: Any, body: str) -> None:
        self.status, self.body = status, body
        self.location = str(headers.get("Location") or "")

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that posts to this address, filled as the page fills them."""
        forms: list[FormElement] = list(fromstring(self.body).forms)
        mine = [one for one in forms if str(one.get("action", "")).split("#")[0] == action]
        return {name: value or "" for name, value in mine[0].form_values()}


class Visitor:
    """One signed-in person."""

    def __init__(self, address: str) -> None:
        self.address, self.jar = address, CookieJar()
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.jar), NoRedirect)

    def get(self, path: str) -> Answer:
        return self._open(Request(self.address + path))

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        body = urlencode(fields).encode()
        return self._open(Request(self.address + path, body, {"Referer": self.address + path}))

    def _open(self, request: Request) -> Answer:
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except HTTPError as other:
            return Answer(other.code, other.headers, other.read().decode())

    def sign_in(self, person: str) -> "Visitor":
        path = "/accounts/login/"
        fields = self.get(path).form(path)
        fields |= {"login": f"{person}@aldera.example", "password": PASSWORD}
        assert self.post(path, fields).status == 302
        return self

    def form_for_a_laptop(self) -> dict[str, str]:
        """The form as the page fills it, with words in it; its key makes it one request."""
        words = {"category": "unsure", "summary": "Laptop is slow", "body": "It began today."}
        return self.get(LAPTOP).form(LAPTOP) | words

    def ask(self, summary: str) -> Answer:
        return self.post(LAPTOP, self.form_for_a_laptop() | {"summary": summary})

    def cookies(self) -> list[tuple[str, str]]:
        return [(cookie.name, cookie.value or "") for cookie in self.jar]
