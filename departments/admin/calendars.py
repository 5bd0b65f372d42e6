"""Business calendars and promises: administrators see them here; they change on their own pages."""

from django.contrib import admin

from departments.admin.kept import ReadOnly
from departments.models import Calendar, SLAPolicy


@admin.register(Calendar)
class CalendarAdmin(ReadOnly):
    fields = ("name", "department", "feed_url")
    list_display = ("name", "department")
    list_select_related = ("department",)
    search_fields = ("name",)


@admin.register(SLAPolicy)
class PolicyAdmin(ReadOnly):
    fields = ("name", "department")
    list_display = ("name", "department")
    list_select_related = ("department",)
    search_fields = ("name",)
