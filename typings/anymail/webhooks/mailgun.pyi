from typing import Any

from anymail.webhooks.base import AnymailBaseWebhookView

class MailgunBaseWebhookView(AnymailBaseWebhookView):
    def __init__(self, **kwargs: Any) -> None: ...
