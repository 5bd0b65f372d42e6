"""Reads rendered HTML the way a test asks about it."""

from typing import Any
from xml.etree.ElementTree import Element

from django.http import HttpRequest
from django.template import engines
from django.template.backends.base import BaseEngine
from django.template.loader import get_template
from django.test import RequestFactory
from lxml.html import HtmlElement, fromstring

from departments.models import Person


def person(**fields: Any) -> Person:
    """An employee who is in no database."""
    return Person(**{"pk": 1, "name": "Elif Yıldız", "email": "elif@aldera.example", **fields})


def request_by(reader: Person | None = None, path: str = "/home/") -> HttpRequest:
    request = RequestFactory().get(path)
    if reader:
        request.user = reader
    return request


def rendered(source: str, reader: Person | None = None, **context: Any) -> HtmlElement:
    """The template source as a tree; the tags of `ui` and `i18n` are loaded."""
    engine: BaseEngine = engines["django"]
    template = engine.from_string("{% load i18n ui %}<div>" + source + "</div>")
    return fromstring(template.render(context, request_by(reader)))


def part(name: str, /, **context: Any) -> HtmlElement:
    return fromstring(f"<div>{source(name, **context)}</div>")


def source(name: str, /, **context: Any) -> str:
    """A part's HTML as it leaves the server."""
    made: str = get_template(f"parts/{name}.html").render(context, request_by(person()))
    return made


def words(tree: Element | HtmlElement) -> str:
    """All words, as a screen reader would read them."""
    return " ".join(" ".join(tree.itertext()).split())


def by_id(tree: HtmlElement, name: str) -> HtmlElement:
    found: list[HtmlElement] = tree.xpath("//*[@id=$name]", name=name)
    assert len(found) == 1, f"{len(found)} elements have the id {name}"
    return found[0]
