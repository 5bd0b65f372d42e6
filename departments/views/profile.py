"""My profile: how colleagues reach me, and how the pages look to me."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from departments.actions import people
from departments.forms.absences import AbsenceForm
from departments.forms.profile import ProfileForm
from departments.models import Person
from departments.on_call_weeks import absences_ahead
from departments.permissions import works_at_a_desk
from departments.views.signed_in import SignedIn

Page = dict[str, Any]


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: SignedIn) -> HttpResponseBase:
    """What I say about myself; the language of the answer is already the new one."""
    form = ProfileForm(request.POST or None, instance=_again(request.user))
    if request.method == "POST" and form.is_valid():
        people.save_profile(request.user, **form.cleaned_data)
        translation.activate(request.user.language)
        messages.success(request, _("Your profile is saved."))
        return remembering(redirect("profile"), request.user.language)
    page = profile_page(request.user, form)
    return render(request, "departments/profile.html", page, status=422 if form.errors else 200)


def profile_page(me: Person, form: ProfileForm, absence: AbsenceForm | None = None) -> Page:
    """What the page shows: the person as stored, since validation writes into the form's own."""
    now = timezone.now()
    page: Page = {"form": form, "me": me, "aliases": me.aliases.order_by("address")}
    if works_at_a_desk(me):
        page["absence_form"] = absence or AbsenceForm(person=me, now=now)
        page["absences"] = absences_ahead(me, now)
    return page


def _again(person: Person) -> Person:
    return Person.objects.select_related("department", "manager").get(pk=person.pk)


@login_required
@require_POST
def theme(request: SignedIn) -> HttpResponseBase:
    """The button for light and dark: the profile keeps it, and the next page is written in it."""
    people.set_theme(request.user, request.POST.get("theme", ""))
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect(where_from(request))


@login_required
@require_POST
def set_person_language(request: SignedIn) -> HttpResponseBase:
    """The language menu: kept in the profile, and in a cookie for the sign-in page."""
    people.set_language(request.user, request.POST.get("language", ""))
    return remembering(redirect(where_from(request)), request.user.language)


def where_from(request: HttpRequest) -> str:
    """The page to go back to: one of our own, else the profile."""
    asked = request.POST.get("next", "")
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(asked, hosts, require_https=request.is_secure()):
        return asked
    return resolve_url("profile")


def remembering(response: HttpResponseBase, language: str) -> HttpResponseBase:
    """The same cookie as `set_language` writes, so that signing out does not change the words."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return response
