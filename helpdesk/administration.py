"""Django's administration behind our own sign-in: one door, and nothing for strangers."""

from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, auth
from django.contrib.admin import apps as admin_apps
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _

OURS = {"departments", "tickets"}


class AdministrationConfig(admin_apps.AdminConfig):
    """What stands in INSTALLED_APPS instead of Django's own."""

    default_site = "helpdesk.administration.Administration"


class Administration(admin.AdminSite):
    """Administrators only; for everybody else who is signed in it does not exist."""

    site_header = _("Administration")
    site_title = _("Administration")
    index_title = _("The installation")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Rows of the libraries stay out: whoever changed those could become somebody else."""
        several = isinstance(model_or_iterable, (list, tuple))
        models = model_or_iterable if several else [model_or_iterable]
        ours = [model for model in models if model._meta.app_label in OURS]
        super().register(ours, *args, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded: Any = super().admin_view(view, cacheable)

        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            self.only_administrators(request)
            page: HttpResponse = guarded(request, *args, **kwargs)
            return page

        return update_wrapper(answer, view)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The product's own sign-in, with its limits."""
        self.only_administrators(request)
        if self.has_permission(request):
            return redirect("admin:index")
        wanted = request.GET.get("next") or resolve_url("admin:index")
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': wanted})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Only a form signs out: a picture with this address must not."""
        if request.method == "POST":
            auth.logout(request)
        return redirect(settings.ACCOUNT_LOGOUT_REDIRECT_URL)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

    def only_administrators(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
