"""What tests of the portal's pages share: reading a page, sending its form."""

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from lxml.html import HtmlElement, fromstring

from departments.models import Person

SignIn = Callable[[Person], Client]


def words_of(answer: object) -> str:
    """The words of a page's main part as a person reads them, spaces made plain."""
    tree = tree_of(answer)
    main = tree.xpath("//main") or [tree]
    for hidden in main[0].xpath(".//script|.//svg"):
        hidden.drop_tree()
    return " ".join(" ".join(main[0].itertext()).split())


def tree_of(answer: object) -> HtmlElement:
    assert isinstance(answer, HttpResponse)
    tree = fromstring(answer.content.decode())
    assert isinstance(tree, HtmlElement)
    return tree


def value_of(answer: object, name: str) -> str:
    """What a control of the page holds."""
    control = tree_of(answer).xpath("//main//*[@name=$name]", name=name)[0]
    if control.tag == "textarea":
        return str(control.text_content()).removeprefix("\n")
    if control.tag == "select":
        return "".join(control.xpath(".//option[@selected]/@value"))
    return str(control.get("value", ""))


def values_of(answer: object, name: str) -> list[str]:
    return [str(v) for v in tree_of(answer).xpath("//main//*[@name=$name]/@value", name=name)]


def a_file(name: str = "port.png", content: bytes = b"\x89PNG data") -> SimpleUploadedFile:
    kinds = {"png": "image/png", "html": "text/html", "svg": "image/svg+xml"}
    kind = kinds.get(name.rpartition(".")[2], "application/octet-stream")
    return SimpleUploadedFile(name, content, content_type=kind)
