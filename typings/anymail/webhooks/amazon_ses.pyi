from typing import Any

from anymail.webhooks.base import AnymailBaseWebhookView

class AmazonSESBaseWebhookView(AnymailBaseWebhookView):
    def esp_to_anymail_events(self, ses_event: Any, sns_message: Any) -> list[Any]: ...
    def auto_confirm_sns_subscription(self, sns_message: Any) -> None: ...
