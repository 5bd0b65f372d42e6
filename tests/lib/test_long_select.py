"""A long select writes what Django's own writes."""

import pytest
from django import forms
from lxml.html import fromstring, tostring

from helpdesk.lib.long_select import LongSelect

CHOICES = [
    ("", "Nowhere"),
    ("Europe", [("de", "Germany"), ("ro", "România <&>")]),
    (3, "Three"),
    ("None", 'Quote "it"'),
]


def plain(widget: forms.Select, value: object) -> bytes:
    html = widget.render("place", value, {"id": "id_place", "required": True, "hidden": False})
    tree = fromstring(html)
    for node in tree.iter():
        node.text, node.tail = (node.text or "").strip(), None
    return bytes(tostring(tree, method="c14n"))  # Attributes in one order.


@pytest.mark.parametrize("value", ["", None, "ro", 3, "3", "elsewhere", "<script>"])
def test_it_is_the_same_html(value: object) -> None:
    attrs = {"data-combobox-select": "", "class": "a&b"}
    usual = forms.Select(attrs=attrs, choices=CHOICES)
    assert plain(LongSelect(attrs=attrs, choices=CHOICES), value) == plain(usual, value)


def test_words_cannot_leave_their_place() -> None:
    html = LongSelect(choices=[('"><b>', "</select><script>")]).render("x", None)
    assert "<script>" not in html
    assert "<b>" not in html


def test_it_draws_in_a_form_as_any_select() -> None:
    class Form(forms.Form):
        place = forms.ChoiceField(choices=CHOICES, widget=LongSelect)

    assert fromstring(str(Form())).xpath("//span[@class='select']/select[@name='place']")
