"""What every request gets: the reader's language and zone, and a kind page for refusals."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation

from departments.models import Person
from helpdesk.lib.errors import Refused

Answer = Callable[[HttpRequest], HttpResponse]


class ReaderMiddleware:
    """Activate the signed-in person's language and time zone for the length of the request."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, Person):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or "en"
            with timezone.override(request.user.zone):
                return self.get_response(request)
        return self.get_response(request)


class RefusedMiddleware:
    """A refusal that no view put into its own form becomes a page with status 422."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return render(request, "errors/refused.html", {"message": str(exception)}, status=422)
        return None
