"""The frames that every page stands in."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation
from lxml.html import HtmlElement, fromstring
from pytest_django import Settings

from departments.models import Person
from helpdesk import context_processors
from tests.cast import Company
from tests.conftest import Make
from tests.frontend.page import by_id, request_by, words

pytestmark = pytest.mark.urls("tests.frontend.urls")
FRAMES = ["base_portal.html", "base_desk.html"]


def shown(
    template: str, reader: Person | None, path: str = "/home/", **context: Any
) -> HtmlElement:
    html = get_template(template).render(context, request_by(reader, path))
    return fromstring(html)


def item(label: str, **more: Any) -> SimpleNamespace:
    values = {"label": label, "url": f"/{label}/", "icon": "inbox", "count": 2, "key": ""}
    return SimpleNamespace(**{**values, **more})


def rail() -> SimpleNamespace:
    return SimpleNamespace(
        personal=[item("mine", key="g m")],
        views=[item("waiting")],
        desks=[item("IT", current=True)],
        manage=[item("dashboard")],
    )


@pytest.mark.parametrize("frame", FRAMES)
def test_a_page_has_language_title_skip_link_and_one_main(company: Company, frame: str) -> None:
    page = shown(frame, company.elif_)
    assert page.get("lang") == "en"
    assert page.findtext(".//title").endswith("· Aldera Helpdesk")
    assert page.xpath("//body/a[1]/@href") == ["#main"]
    assert [main.get("id") for main in page.iter("main")] == ["main"]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("reader", ["elif_", "mihai", "sam", None])
def test_ids_are_unique_and_everything_pressed_has_a_name(
    company: Company, frame: str, reader: str | None
) -> None:
    who = getattr(company, reader) if reader else None
    page = shown(frame, who, rail=rail()) if who else shown("base_gate.html", None)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for control in page.xpath("//a | //button | //summary"):
        assert words(control) or control.get("aria-label")


@pytest.mark.parametrize("frame", [*FRAMES, "base_gate.html", "404.html", "500.html"])
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(company: Company, frame: str) -> None:
    page = shown(frame, company.mihai, rail=rail())
    assert not page.xpath("//@style | //style | //script[not(@src)]")
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    assert not page.xpath("//@*[(name()='src' or name()='href') and contains(., '//')]")


def test_styles_come_in_the_order_of_the_layers(company: Company) -> None:
    hrefs = shown("base_portal.html", company.elif_).xpath("//link[@rel='stylesheet']/@href")
    names = [href.rsplit("/", 1)[1].split(".")[0] for href in hrefs]
    order = "tokens base shell controls content portal agent charts overlays print"
    assert names == order.split()


@pytest.mark.parametrize(
    ("frame", "chosen", "density"),
    [
        ("base_portal.html", "auto", "roomy"),
        ("base_desk.html", "auto", "dense"),
        ("base_portal.html", "dense", "dense"),
        ("base_desk.html", "roomy", "roomy"),
    ],
)
def test_density_follows_the_page_unless_the_person_chose(
    company: Company, frame: str, chosen: str, density: str
) -> None:
    company.elif_.density = chosen
    assert shown(frame, company.elif_).get("data-density") == density


@pytest.mark.parametrize(
    ("chosen", "theme"), [("auto", None), ("dark", "dark"), ("light", "light")]
)
def test_the_server_writes_the_theme(company: Company, chosen: str, theme: str | None) -> None:
    company.elif_.theme = chosen
    assert shown("base_portal.html", company.elif_).get("data-theme") == theme


@pytest.mark.parametrize(("chosen", "keys"), [(True, None), (False, "off")])
def test_single_keys_can_be_off(company: Company, chosen: bool, keys: str | None) -> None:
    company.mihai.single_keys = chosen
    page = shown("base_desk.html", company.mihai, rail=rail())
    assert page.get("data-single-keys") == keys


def test_the_page_speaks_the_readers_language(company: Company) -> None:
    with translation.override("ja"):
        assert shown("base_portal.html", company.misaki).get("lang") == "ja"


EVERYBODY = ["People", "Knowledge"]


@pytest.mark.parametrize(
    ("reader", "places"),
    [
        ("elif_", ["My profile", *EVERYBODY]),
        ("mihai", ["My profile", "Work the queue", *EVERYBODY]),
        ("sam", ["My profile", *EVERYBODY, "Administration"]),
    ],
)
def test_the_account_menu_offers_what_the_person_may(
    company: Company, reader: str, places: list[str]
) -> None:
    page = shown("base_portal.html", getattr(company, reader))
    links = page.find_class("pop")[-1].iterdescendants("a")
    assert [words(link) for link in links] == places


def test_signing_out_and_changing_language_are_posts(company: Company) -> None:
    page = shown("base_portal.html", company.elif_, path="/home/?a=1&b=2")
    for form in page.iter("form"):
        assert form.get("method") == "post"
        assert form.xpath(".//input[@name='csrfmiddlewaretoken']")
    language = page.xpath("//form[.//button[@name='language']]")[0]
    assert language.xpath(".//input[@name='next']/@value") == ["/home/?a=1&b=2"]
    assert [b.get("lang") for b in language.iter("button")] == ["en", "de"]


@pytest.mark.parametrize(("reader", "last"), [("elif_", "Knowledge"), ("mihai", "Desk")])
def test_the_phone_bar_has_five_places(company: Company, reader: str, last: str) -> None:
    bar = shown("base_portal.html", getattr(company, reader)).find_class("tabbar")[0]
    assert [words(a) for a in bar] == ["Home", "Requests", "Ask", last, "Me"]


@pytest.mark.parametrize("unread", [0, 1, 3])
def test_the_bell_says_how_many_are_new(make: Make, unread: int) -> None:
    for n in range(unread):
        ticket = make.ticket(key=f"k{n}")
        event = ticket.events.first()
        assert event
        ticket.notifications.create(person=ticket.requester, event=event)
    bell = by_id(shown("base_portal.html", make.company.elif_), "bell")
    assert f"Notifications, {unread} new" in words(bell)
    assert bool(bell.find_class("count-hot")) == bool(unread)


def test_the_rail_lists_its_places_and_marks_the_current_one(company: Company) -> None:
    page = shown("base_desk.html", company.mihai, rail=rail())
    places = page.find_class("rail-item")
    said = [words(place) for place in places]
    assert said[:2] == ["mine 2", "Notifications"]
    assert [words(p) for p in places if p.get("aria-current")] == ["IT 2"]
    assert places[0].get("data-key") == "g m"


def test_a_narrow_rail_has_the_same_places(company: Company) -> None:
    wide, slim = (
        [a.get("href") for a in shown("base_desk.html", company.mihai, rail=rail(), slim=s)
         .find_class("rail")[0].iter("a")]
        for s in (False, True)
    )  # fmt: skip
    assert wide == slim


def test_the_palette_leads_to_the_places_of_the_rail(company: Company) -> None:
    page = shown("base_desk.html", company.mihai, rail=rail())
    options = by_id(page, "palette").xpath(".//a[@role='option']/@href")
    assert options == ["/mine/", "/waiting/", "/IT/", "/dashboard/"]


@pytest.mark.parametrize(("port", "url"), [(0, "/live/"), (8001, "http://127.0.0.1:8001/live/")])
def test_a_page_knows_where_news_come_from(
    company: Company, settings: Settings, port: int, url: str
) -> None:
    settings.LIVE_PORT = port
    request = RequestFactory().get("/", HTTP_HOST="127.0.0.1:8000")
    request.user = company.elif_
    assert context_processors.page(request)["live_url"] == url
    assert shown("base_portal.html", company.elif_).find("body").get("data-live-url")


def test_a_guests_page_asks_nothing_of_a_person(company: Company) -> None:
    page = shown("base_portal.html", None)
    assert page.find("body").get("data-live-url") is None
    assert "Sign in" in words(page.find_class("topbar")[0])
    assert not page.find_class("tabbar")


def test_an_installation_without_a_name_is_called_helpdesk(db: None) -> None:
    assert str(context_processors.brand()) == "Helpdesk"


def test_messages_are_shown_and_spoken(company: Company) -> None:
    said = [Message(constants.SUCCESS, "Sent & kept."), Message(constants.ERROR, "Too big.")]
    toasts = shown("base_portal.html", company.elif_, messages=said).find_class("toasts")[0]
    assert toasts.get("role") == "status"
    assert words(toasts) == "Sent & kept. Close Too big. Close"
    assert [("toast-bad" in toast.get("class")) for toast in toasts] == [False, True]


@pytest.mark.parametrize("name", ["400", "403", "404", "429", "500", "503", "403_csrf"])
def test_an_error_page_says_what_now(company: Company, name: str) -> None:
    page = shown(f"{name}.html", company.elif_)
    assert len(page.findall(".//h1")) == 1
    assert page.xpath("//main//a[@href='/home/']")


@pytest.mark.parametrize("name", ["400", "500", "503"])
def test_an_error_page_needs_neither_request_nor_database(name: str) -> None:
    page = fromstring(render_to_string(f"{name}.html"))
    assert page.findtext(".//title").endswith("· Helpdesk")
    assert not page.xpath("//form")


def test_words_of_a_form_that_was_open_too_long_are_given_back(company: Company) -> None:
    kept = [("body", "A long <b>story</b>.")]
    page = shown("403_csrf.html", company.elif_, kept=kept)
    assert page.find(".//textarea").text == "A long <b>story</b>."


def test_a_refusal_says_what_happened(company: Company) -> None:
    page = shown("errors/refused.html", company.elif_, message="It is closed. Open a new one.")
    assert "It is closed. Open a new one." in words(page.find(".//main"))
