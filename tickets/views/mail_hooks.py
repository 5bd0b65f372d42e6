"""Where mail providers hand letters in: the same INSERT as all ways in, then an answer."""

import logging
from functools import cached_property

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.base import AnymailBasicAuthMixin
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from helpdesk.lib import posted_form
from helpdesk.lib.errors import Refused
from tickets.mail import providers, receive
from tickets.mail.providers import Delivery, Provider
from tickets.models import InboundMail

log = logging.getLogger(__name__)
RETRY_SECONDS = "60"


class Posted(HttpRequest):
    """A request read within our own bounds; Django's would stop at a large letter."""

    def __init__(self, request: HttpRequest, length: int) -> None:
        super().__init__()
        self.META, self.method, self.content_type = request.META, "POST", request.content_type
        self._body = request.read(length)
        if len(self._body) != length:
            raise ValueError("The request broke off.")
        self._fields = posted_form.fields(request.META.get("CONTENT_TYPE", ""), self._body)
        said = QueryDict("", mutable=True)
        for name, content in self.form.items():
            said[name] = content.decode("utf-8", "replace")
        self.POST = said  # type: ignore[assignment]

    @cached_property
    def form(self) -> dict[str, bytes]:
        """The fields that are no files, each with its exact bytes; the last of a name counts."""
        return {field.name: field.content for field in self._fields if not field.file_name}

    @cached_property
    def files(self) -> dict[str, posted_form.Field]:
        return {field.name: field for field in self._fields if field.file_name}


@csrf_exempt  # Machines have no session; each one proves itself by its secret.
@require_POST
def take(request: HttpRequest, provider: str) -> HttpResponse:
    """Keep the letter, and say what the provider understands: kept, never, or later."""
    door = providers.named(provider)
    if door is None:
        return _said("Not here.", 404)
    length = _length(request)
    if length > door.body_bytes:
        return _said("Too long to be a letter.", 413)
    if not _knows_password(door, request):
        return _said("Which user name and password?", 401, WWW_Authenticate='Basic realm="mail"')
    try:
        brought = _brought(door, request, length)
        kept = [row for one in brought for row in _stored(one)]
    except AnymailWebhookValidationFailure:
        log.warning("hook.not_theirs provider=%s", provider)
        return _said("Not signed by the provider, or with another secret.", 403)
    except Exception as problem:  # noqa: BLE001 (confirmed is what is committed)
        return _later(door, provider, problem)
    if brought and not kept:
        log.warning("hook.no_such_mailbox provider=%s", provider)
        return _said("No such mailbox here.", door.refused)
    return _said("Kept." if kept else "Nothing to keep.", 200)


def _length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else 0


def _knows_password(door: Provider, request: HttpRequest) -> bool:
    """Asked before the body is read; who signs instead has no password."""
    try:
        AnymailBasicAuthMixin.validate_request(door, request)
    except AnymailWebhookValidationFailure:
        return False
    return True


def _brought(door: Provider, request: HttpRequest, length: int) -> list[Delivery]:
    posted = Posted(request, length)
    door.run_validators(posted)
    return door.deliveries(posted)


def _stored(one: Delivery) -> list[InboundMail]:
    return receive.store_for_all(one.raw, one.sender, one.recipients)


def _later(door: Provider, provider: str, problem: Exception) -> HttpResponse:
    """The letter comes again; what cannot be read may be our own fault, so it does, too."""
    level = logging.WARNING if isinstance(problem, DatabaseError | Refused) else logging.ERROR
    log.log(level, "hook.not_stored provider=%s error=%s", provider, type(problem).__name__)
    return _said("Not stored, try again later.", door.later, Retry_After=RETRY_SECONDS)


def _said(words: str, status: int, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(words, "text/plain", status, headers=named)
