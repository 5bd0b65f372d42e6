from typing import Any

from django.http import HttpRequest
from django.views.generic import View

class AnymailCoreWebhookView(View):
    esp_name: str
    def validate_request(self, request: HttpRequest) -> None: ...
    def run_validators(self, request: HttpRequest) -> None: ...
    def parse_events(self, request: Any) -> list[Any]: ...

class AnymailBasicAuthMixin(AnymailCoreWebhookView):
    warn_if_no_basic_auth: bool
    basic_auth: list[str]
    def __init__(self, **kwargs: Any) -> None: ...

class AnymailBaseWebhookView(AnymailBasicAuthMixin, AnymailCoreWebhookView): ...
