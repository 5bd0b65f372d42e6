"""Keys to the API: to see who holds one, and to revoke it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from departments.actions import tokens
from departments.admin.kept import ReadOnly
from departments.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Made by `script/manage create_api_token`, because the key itself is shown only once."""

    list_display = ("person", "name", "created_at", "used_at", "revoked_at")
    list_filter = ("revoked_at",)
    list_select_related = ("person",)
    search_fields = ("person__name", "person__email", "name")
    fields = ("person", "name", "created_at", "used_at", "revoked_at")
    ordering = ("-created_at",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke: from now on it opens nothing"))
    def revoke(self, request: HttpRequest, keys: QuerySet[Any]) -> None:
        held = list(keys.filter(revoked_at=None))
        for key in held:
            tokens.revoke(key)
        words = ngettext("%(n)s key is revoked.", "%(n)s keys are revoked.", len(held))
        messages.success(request, words % {"n": len(held)})
