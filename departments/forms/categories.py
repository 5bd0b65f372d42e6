"""What a lead says about one kind of problem inside a service."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.models import Category, Priority, Service, SLAPolicy
from departments.promises import promise_of

if TYPE_CHECKING:
    CategoryFormBase = forms.ModelForm[Category]
else:
    CategoryFormBase = forms.ModelForm


class CategoryForm(CategoryFormBase):
    """One kind of problem."""

    class Meta:
        model = Category
        fields = ("name", "parent", "hint", "priority", "sla_policy")
        labels = {
            "name": _("Name"),
            "parent": _("Group"),
            "hint": _("Other words for it"),
            "priority": _("Priority"),
            "sla_policy": _("Promise"),
        }
        error_messages = {"name": {"required": _("Give the category a name.")}}
        help_texts = {
            "name": _("As people would say it: “Battery or charging”."),
            "hint": _("Found by search too: “does not start, black screen”."),
            "priority": _("For requests of this kind."),
            "sla_policy": _("Holds instead of the promise of the service."),
        }

    def __init__(self, *args: Any, service: Service, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service = service
        has_children = bool(self.instance.pk) and self.instance.children.exists()
        living = Q(is_retired=False) | Q(pk=self.instance.parent_id)
        others = service.categories.filter(living, parent=None).exclude(pk=self.instance.pk)
        fields: dict[str, Any] = self.fields
        fields["parent"].queryset = others
        fields["parent"].empty_label = gettext("None: stands by itself")
        if has_children:
            del self.fields["parent"]  # A group is on the first level, where else.
        default = Priority(service.default_priority).label
        fields["priority"].choices = [
            ("", gettext("As the service: %(priority)s") % {"priority": default}),
            *Priority.choices,
        ]
        ours = Q(department=None) | Q(department=service.department_id)
        policies = SLAPolicy.objects.filter(ours | Q(pk=self.instance.sla_policy_id))
        fields["sla_policy"].queryset = policies
        held = promise_of(service.department, service).policy
        fields["sla_policy"].empty_label = gettext("As the service: %(name)s") % {"name": held}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        parent = values.get("parent")
        twins = self.service.categories.filter(parent=parent, name=values.get("name", ""))
        if twins.exclude(pk=self.instance.pk).exists():
            self.add_error("name", _("There is a category with this name already."))
        return values

    def values(self) -> Mapping[str, Any]:
        return {name: self.cleaned_data.get(name) for name in self.Meta.fields}
