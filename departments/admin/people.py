"""People and their addresses."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from departments.admin.kept import Kept, Rows
from departments.forms.administration import AddressForm, PersonForm
from departments.models import EmailAlias, Membership, Person


class AliasInline(Rows):
    model = EmailAlias
    form = AddressForm
    extra = 0


class MembershipInline(Rows):
    model = Membership
    extra = 0
    autocomplete_fields = ("department",)


@admin.register(Person)
class PersonAdmin(Kept):
    form = PersonForm
    inlines = (AliasInline, MembershipInline)
    list_display = ("name", "email", "department", "job_title", "is_active", "is_administrator")
    list_filter = ("is_active", "is_administrator", "is_provisional", "is_guest", "department")
    list_select_related = ("department",)
    search_fields = ("name", "email", "aliases__address")
    ordering = ("name",)
    autocomplete_fields = ("department", "manager")
    readonly_fields = ("joined_at", "last_login")
    actions = ("send_links",)
    fieldsets = (
        (None, {"fields": ("name", "called", "email", "new_password", "send_link")}),
        (
            _("Rights"),
            {"fields": ("is_active", "is_administrator", "is_provisional", "is_guest")},
        ),
        (_("Place"), {"fields": ("department", "manager", "job_title", "location", "phone")}),
        (_("Words and time"), {"fields": ("ask_me", "language", "time_zone")}),
        (_("Looks"), {"fields": ("theme", "density", "single_keys")}),
        (_("Kept by the product"), {"fields": ("joined_at", "last_login")}),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A password given is set; none at all lets nobody in before the person chose one."""
        if password := form.cleaned_data.get("new_password"):
            obj.set_password(password)
        elif not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("send_link"):
            self._send_link(request, obj)

    @admin.action(description=_("Send a link to choose a password"))
    def send_links(self, request: HttpRequest, people: QuerySet[Any]) -> None:
        told = [person for person in people if person.is_active]
        for person in told:
            self._send_link(request, person)
        words = ngettext(
            "A link is on its way to %(n)s person.",
            "Links are on their way to %(n)s people.",
            len(told),
        )
        messages.success(request, words % {"n": len(told)})

    @staticmethod
    def _send_link(request: HttpRequest, person: Person) -> None:
        """The same mail that “Password forgotten?” sends."""
        form = ResetPasswordForm({"email": person.email})
        if form.is_valid():
            form.save(request)
