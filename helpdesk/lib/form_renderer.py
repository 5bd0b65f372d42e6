"""How every form looks: label, hint, control, error, with the ids that tie them together."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext

FRAMELESS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.FileInput)
SEARCHABLE = "data-combobox-select"


class HouseBoundField(BoundField):
    """A field that knows its place in our field.html."""

    @property
    def kind(self) -> str:
        """Which shape field.html draws: text, select, check, choices, files or hidden."""
        widget = self.field.widget
        if widget.is_hidden:
            return "hidden"
        if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
            return "choices"
        if isinstance(widget, forms.CheckboxInput):
            return "check"
        if isinstance(widget, forms.FileInput):
            return "files"
        if isinstance(widget, forms.Select) and not widget.allow_multiple_selected:
            return "select"
        return "text"

    @property
    def anchor(self) -> str:
        """The id that the error summary links to."""
        return self.auto_id if self.kind == "choices" else self.id_for_label or self.auto_id

    def cards(self) -> Iterator[tuple[BoundWidget, str]]:
        """The choices, each with its line of help from the form field's `choice_hints`."""
        hints: dict[str, str] = getattr(self.field, "choice_hints", {})
        for choice in self.subwidgets:
            yield choice, hints.get(str(choice.data["value"]), "")

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        single = isinstance(widget, forms.Select) and not widget.allow_multiple_selected
        if not (widget.is_hidden or single or isinstance(widget, FRAMELESS)):
            own = attrs.get("class") or widget.attrs.get("class", "")
            attrs["class"] = f"{own} input".strip()
        if SEARCHABLE in widget.attrs:
            attrs.setdefault("data-words-none", gettext("Nothing found. Try another word."))
            attrs.setdefault("data-words-count", gettext("Results: {n}"))
        return attrs


class HouseRenderer(TemplatesSetting):
    """Forms through the project's templates; widgets through Django's."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    bound_field_class = HouseBoundField
