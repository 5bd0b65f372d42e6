"""A select for hundreds of options: zones of the world, countries."""

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """The same HTML as any select, but not a template for each option: that costs ten times as
    much.
    """

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        groups = format_html_join("", "{}", ((_group(*one),) for one in widget["optgroups"]))
        attributes = flatatt({"name": widget["name"], **widget["attrs"]})
        return format_html("<select{}>{}</select>", attributes, groups)


def _group(label: str | None, options: list[dict[str, Any]], _index: int) -> SafeString:
    rows = (
        (flatatt({"value": option["value"], **option["attrs"]}), option["label"])
        for option in options
    )
    written = format_html_join("", "<option{}>{}</option>", rows)
    if label is None:
        return written
    return format_html('<optgroup label="{}">{}</optgroup>', label, written)
