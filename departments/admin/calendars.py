"""Business calendars and promises."""

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from departments.admin.kept import Kept, Rows
from departments.forms.administration import CalendarForm, PolicyForm, WeekFormSet
from departments.models import (
    Calendar,
    Closure,
    OpeningHours,
    SLAPolicy,
    SpecialOpening,
    Target,
)


class OpeningHoursInline(Rows):
    model = OpeningHours
    formset = WeekFormSet
    extra = 0


class ClosureInline(Rows):
    model = Closure
    extra = 0


class SpecialOpeningInline(Rows):
    model = SpecialOpening
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(Kept):
    form = CalendarForm
    inlines = (OpeningHoursInline, ClosureInline, SpecialOpeningInline)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "department", "time_zone"),
                "description": _(
                    "A request that is open already takes up new hours with the next thing that "
                    "happens on it."
                ),
            },
        ),
    )
    list_display = ("name", "department", "time_zone")
    list_select_related = ("department",)
    search_fields = ("name",)
    autocomplete_fields = ("department",)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Every process keeps the hours of a version; a change of any kind makes a new one."""
        super().save_related(request, form, formsets, change)
        Calendar.objects.filter(pk=form.instance.pk).update(version=F("version") + 1)


class TargetInline(Rows):
    model = Target
    extra = 0
    max_num = 8  # Four priorities, two kinds.


@admin.register(SLAPolicy)
class PolicyAdmin(Kept):
    form = PolicyForm
    inlines = (TargetInline,)
    list_display = ("name", "department", "warn_percent")
    list_select_related = ("department",)
    search_fields = ("name",)
    autocomplete_fields = ("department",)
