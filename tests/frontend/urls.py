"""The addresses that the page frames link to, with nothing behind them."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nothing(request: HttpRequest, **_: object) -> HttpResponse:
    return HttpResponse("")


NAMES = [
    "home", "services", "suggest", "people", "knowledge", "profile", "theme", "set_person_language",
    "my_requests", "notifications", "notifications_count", "desk_home", "account_login",
    "account_logout", "account_reset_password", "account_change_password", "account_reauthenticate",
]  # fmt: skip

urlpatterns = [
    *(path(f"{name}/", nothing, name=name) for name in NAMES),
    path("admin/", include(([path("", nothing, name="index")], "admin"))),
    path("i18n/", include("django.conf.urls.i18n")),
]
