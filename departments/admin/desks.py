"""Departments with their desks, what they publish, and the installation's defaults."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from departments.actions.choosing import note_choice
from departments.admin.kept import Kept, ReadOnly, Rows
from departments.models import Category, Department, Installation, Membership, Service

TIMES = {"calendar", "sla_policy"}


class MembershipInline(Rows):
    model = Membership
    extra = 0
    autocomplete_fields = ("person",)


@admin.register(Department)
class DepartmentAdmin(Kept):
    inlines = (MembershipInline,)
    list_display = ("name", "prefix", "parent", "head", "order")
    list_select_related = ("parent", "head")
    search_fields = ("name", "prefix")
    autocomplete_fields = ("head", "parent", "calendar", "sla_policy")
    fields = (
        ("name", "slug", "prefix"),
        ("parent", "head"),
        "mission",
        ("location", "phone", "email"),
        ("hue", "icon", "order"),
        ("calendar", "sla_policy"),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Running clocks follow another calendar or promise."""
        super().save_model(request, obj, form, change)
        if change and TIMES & set(form.changed_data):
            note_choice(department=obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Numbers were given with the prefix, and a number is unique for ever."""
        return () if obj is None else ("prefix",)

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> dict[str, Sequence[str]]:
        return {"slug": ("name",)} if obj is None else {}


class CategoryInline(Rows):
    model = Category
    fields = ("name", "parent", "hint", "order", "priority", "sla_policy", "is_retired")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Service)
class ServiceAdmin(ReadOnly):
    """To look at: leads publish in the studio, and only they say who reads in confidence."""

    inlines = (CategoryInline,)
    list_display = ("name", "department", "state", "owner", "is_confidential")
    list_filter = ("state", "department")
    list_select_related = ("department", "owner")
    search_fields = ("name",)


@admin.register(Installation)
class InstallationAdmin(Kept):
    autocomplete_fields = ("calendar", "sla_policy", "triage")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Running clocks follow another calendar or promise."""
        super().save_model(request, obj, form, change)
        if change and TIMES & set(form.changed_data):
            note_choice()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Installation.objects.exists()
