"""Sign-in by e-mail: no sign-up, and password mails through our own outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.account.views import LoginView
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.models import Membership, Person
from tickets.mail import outbound

SHOWN_IN_DEMO = 14


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What differs from allauth's own ways."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This e-mail and password do not fit together. Check both, or reset your password."
        ),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, or reset your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are made by administrators (or by mail, provisionally), never by strangers."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail leaves through the outbox: stored first, retried, visible.

        It goes to the address of the person whom it is about, never to an address from a form.
        """
        person = context.get("user")
        if isinstance(person, Person) and person.is_active:
            outbound.queue_account_mail(template_prefix, person, context)


class SignInForm(LoginForm):  # type: ignore[misc]
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password, remember = (
            self.fields[name] for name in ("login", "password", "remember")
        )
        login.label = _("Work e-mail")
        login.widget = forms.EmailInput(attrs={"autocomplete": "username"})
        password.help_text = format_html(
            '<a href="{}">{}</a>', reverse("account_reset_password"), gettext("Password forgotten?")
        )
        password.widget.attrs.pop("placeholder", None)
        remember.label = _("Keep me signed in on this device")
        remember.initial = True


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """The address to which a link is sent, if we know it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Work e-mail")
        self.fields["email"].widget = forms.EmailInput(attrs={"autocomplete": "username"})


class SignInView(LoginView):  # type: ignore[misc]
    """The door, with the cast of the demo beside it where there is one."""

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_initial()
        return {**initial, "login": self.request.GET.get("login", "")[:254]}

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page: dict[str, Any] = super().get_context_data(**kwargs)
        if settings.DEMO:
            page |= {"demo_people": demo_people(), "demo_password": settings.DEMO_PASSWORD}
        return page


sign_in = SignInView.as_view()


def demo_people() -> list[dict[str, str]]:
    """One person for each part that can be played, in the order in which they were made."""
    people = Person.objects.active().order_by("pk").prefetch_related("memberships__department")
    cast: dict[str, dict[str, str]] = {}
    for person in people:
        role = _part(person)
        cast.setdefault(role, {"name": person.name, "role": role, "email": person.email})
    return list(cast.values())[:SHOWN_IN_DEMO]


def _part(person: Person) -> str:
    if person.is_administrator:
        return gettext("Administrator")
    desks: list[Membership] = list(person.memberships.all())
    if not desks:
        return gettext("Employee")
    return gettext("%(role)s, %(department)s") % {
        "role": desks[0].get_role_display(),
        "department": desks[0].department,
    }
