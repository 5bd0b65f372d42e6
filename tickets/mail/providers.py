"""Mail providers that hand letters in over the web: whether they may, and what they bring.

Where a provider gives the raw letter, exactly that is kept; where it gives only parts, the letter
is made of them again (rebuilding.py). Whether a request comes from the provider is decided by
anymail's views, and for Resend by the rules of Svix.
"""

import base64
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any, ClassVar
from urllib.parse import quote

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESBaseWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailgun import MailgunBaseWebhookView
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from helpdesk.lib import outbound_http
from helpdesk.lib.outbound_http import OutboundFailed
from tickets.mail import provider_secrets
from tickets.mail.intake import NOBODY
from tickets.mail.rebuilding import File, headers_of, plain_bytes, rebuilt

MEBIBYTE = 1024 * 1024
NOTICE_BYTES = MEBIBYTE  # of a request that only tells where the letter is, or is small by rule
LETTER_BYTES = 80 * MEBIBYTE  # of one that carries it: raw, and its files once more beside
SVIX_SECONDS = 5 * 60
_SNS = re.compile(r"https://sns\.[a-z0-9-]{1,30}\.amazonaws\.com(?:\.cn)?/")


@dataclass(frozen=True)
class Delivery:
    """One letter, and its envelope as far as the provider tells it."""

    raw: bytes
    sender: str
    recipients: Sequence[str]


class Provider(AnymailBaseWebhookView):
    """What all have in common; by itself one that shows “user:password”.

    The statuses are what each one documents about its retries.
    """

    warn_if_no_basic_auth = False  # A provider without a secret is not there at all.
    refused: ClassVar[int] = 406  # ends the matter: nobody here has this address
    later: ClassVar[int] = 503  # the letter must come again
    body_bytes: ClassVar[int] = LETTER_BYTES

    def __init__(self, secrets: Sequence[str], key: str) -> None:
        self.key = key
        AnymailBaseWebhookView.__init__(self, webhook_secret=list(secrets))

    def deliveries(self, posted: Any) -> list[Delivery]:
        """What the request brings; the caller has asked whether it may."""
        raise NotImplementedError


class Mailgun(Provider, MailgunBaseWebhookView):
    """Signed with the account's webhook signing key. Raw where the address says “mime”."""

    esp_name = "Mailgun"

    def __init__(self, secrets: Sequence[str], key: str) -> None:
        MailgunBaseWebhookView.__init__(
            self, webhook_signing_key=secrets[0], api_key=None, webhook_secret=[]
        )

    def deliveries(self, posted: Any) -> list[Delivery]:
        said = posted.POST
        raw = posted.form.get("body-mime") or self._rebuilt(posted)
        return [Delivery(raw, _sender(said.get("sender")), said["recipient"].split(","))]

    def _rebuilt(self, posted: Any) -> bytes:
        shown = json.loads(posted.POST.get("content-id-map") or "{}")
        ids = {field: content_id for content_id, field in shown.items()}
        headers = [(name, value) for name, value in json.loads(posted.POST["message-headers"])]
        text, html = (posted.POST.get(f"body-{kind}", "") for kind in ("plain", "html"))
        return rebuilt(headers, text, html, _files(posted, ids))


class Postmark(Provider):
    """Raw where “Include raw email content in JSON payload” is chosen."""

    esp_name = "Postmark"
    refused = 403  # “If we receive a 403 Forbidden response, retries stop immediately.”

    def deliveries(self, posted: Any) -> list[Delivery]:
        event = json.loads(posted.body)
        headers = [(each["Name"], each["Value"]) for each in event.get("Headers") or []]
        told = headers[:1] if headers and headers[0][0].lower() == "return-path" else []
        raw = event.get("RawEmail")
        letter = self._rebuilt(event, headers) if raw is None else plain_bytes(raw)
        sender = _sender(told[0][1] if told else None)
        return [Delivery(letter, sender, [event["OriginalRecipient"]])]

    def _rebuilt(self, event: Any, headers: list[tuple[str, str]]) -> bytes:
        there = {name.lower() for name, _value in headers}
        names = ("From", "To", "Cc", "Subject", "Date", "Reply-To")
        apart = [(name, event.get(name.replace("-", "")) or "") for name in names]
        files = [
            File(
                each.get("Name") or "",
                each.get("ContentType") or "",
                base64.b64decode(each["Content"]),
                each.get("ContentID") or "",
            )
            for each in event.get("Attachments") or []
        ]
        added = [(name, value) for name, value in apart if value and name.lower() not in there]
        text, html = (event.get(name) or "" for name in ("TextBody", "HtmlBody"))
        return rebuilt([*headers, *added], text, html, files)


class SendGrid(Provider):
    """Raw where “POST the raw, full MIME message” is chosen."""

    esp_name = "SendGrid"

    def deliveries(self, posted: Any) -> list[Delivery]:
        envelope = json.loads(posted.POST["envelope"])
        raw = posted.form.get("email") or self._rebuilt(posted)
        return [Delivery(raw, _sender(envelope.get("from")), envelope["to"])]

    def _rebuilt(self, posted: Any) -> bytes:
        charsets = json.loads(posted.POST.get("charsets") or "{}")
        head, text, html = (
            _decoded(posted.form.get(name, b""), charsets.get(name, "utf-8"))
            for name in ("headers", "text", "html")
        )
        told = json.loads(posted.POST.get("attachment-info") or "{}")
        ids = {field: facts.get("content-id") or "" for field, facts in told.items()}
        return rebuilt(headers_of(head), text, html, _files(posted, ids))


class AmazonSES(Provider, AmazonSESBaseWebhookView):
    """A receipt rule with the action SNS: raw, at most 150 KB. What lies in S3 is not fetched."""

    esp_name = "Amazon SES"
    body_bytes = NOTICE_BYTES

    def deliveries(self, posted: Any) -> list[Delivery]:
        return [self._delivery(event) for event in self.parse_events(posted)]

    def esp_to_anymail_events(self, ses_event: Any, sns_message: Any) -> list[Any]:
        """The notification itself: anymail would read the letter, and we keep it as it is."""
        action = ses_event.get("receipt", {}).get("action", {})
        if ses_event.get("notificationType") != "Received" or action.get("type") != "SNS":
            raise AnymailConfigurationError("Not a letter that arrived by the action SNS.")
        return [ses_event]

    def auto_confirm_sns_subscription(self, sns_message: Any) -> None:
        """Open the address of Amazon's that begins the subscription; who asks knew our secret."""
        url = str(sns_message.get("SubscribeURL", ""))
        if not _SNS.match(url):
            raise AnymailConfigurationError("The address to confirm is not Amazon's.")
        if outbound_http.fetch(url, max_bytes=NOTICE_BYTES).status != 200:
            raise OutboundFailed("Amazon did not confirm the subscription.")

    def _delivery(self, event: Any) -> Delivery:
        receipt, content = event["receipt"], event["content"]
        is_packed = receipt["action"].get("encoding", "").upper() == "BASE64"
        raw = base64.b64decode(content) if is_packed else plain_bytes(content)
        return Delivery(raw, _sender(event["mail"].get("source")), receipt["recipients"])


class Brevo(Provider):
    """Only parts, and files that are fetched with the account's key: always made again."""

    esp_name = "Brevo"
    later = 429  # the one status that is documented to bring a retry
    api_url = "https://api.brevo.com/v3/"

    def deliveries(self, posted: Any) -> list[Delivery]:
        return [self._delivery(item) for item in json.loads(posted.body)["items"]]

    def _delivery(self, item: Any) -> Delivery:
        told: dict[str, Any] = item.get("Headers") or {}
        headers = [
            (name, value)
            for name, values in told.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        said = {name.lower(): value for name, value in reversed(headers)}
        text, html = (item.get(name) or "" for name in ("RawTextBody", "RawHtmlBody"))
        raw = rebuilt(headers, text, html, self._files(item.get("Attachments") or []))
        reached = [said["delivered-to"]] if "delivered-to" in said else _values(said, "to", "cc")
        return Delivery(raw, _sender(said.get("return-path")), _addresses(reached))

    def _files(self, told: Iterable[Any]) -> list[File]:
        """Each file in turn. One byte over the limit is enough: the letter is too large then."""
        left, files = settings.MAIL_MAX_BYTES + 1, []
        for each in told:
            url = f"{self.api_url}inbound/attachments/{quote(each['DownloadToken'], safe='')}"
            content = _opened(url, {"api-key": self.key}, left) if left else b""
            left -= len(content)
            name, kind, shown = (
                each.get(key) or "" for key in ("Name", "ContentType", "ContentID")
            )
            files.append(File(name, kind, content, shown))
        return files


class Resend(Provider):
    """Says only that a letter came; the raw one is fetched with the account's key."""

    esp_name = "Resend"
    refused = 200  # Everything else is tried again, and ends the subscription at last.
    body_bytes = NOTICE_BYTES
    api_url = "https://api.resend.com/"

    def __init__(self, secrets: Sequence[str], key: str) -> None:
        super().__init__([], key)
        self._secrets = secrets

    def validate_request(self, request: Any) -> None:
        """As Svix signs: HMAC-SHA-256 of id, moment and body, within five minutes."""
        said = request.headers
        moment, given = said.get("svix-timestamp", ""), said.get("svix-signature", "").split()
        signed = f"{said.get('svix-id', '')}.{moment}.".encode() + request.body
        age = abs(timezone.now().timestamp() - int(moment)) if moment.isdecimal() else SVIX_SECONDS
        right = [f"v1,{svix_mac(secret, signed)}" for secret in self._secrets]
        is_known = any(constant_time_compare(r, g) for r in right for g in given[:10])
        if age >= SVIX_SECONDS or not is_known:
            raise AnymailWebhookValidationFailure("The signature is not Resend's, or an old one.")

    def deliveries(self, posted: Any) -> list[Delivery]:
        event = json.loads(posted.body)
        if event.get("type") != "email.received":
            return []
        data = event["data"]
        url = f"{self.api_url}emails/receiving/{quote(str(data['email_id']), safe='')}"
        told = json.loads(_opened(url, {"Authorization": f"Bearer {self.key}"}, LETTER_BYTES))
        raw = _opened(told["raw"]["download_url"], {}, settings.MAIL_MAX_BYTES + 1)
        reached = [each for name in ("to", "cc", "bcc") for each in data.get(name) or []]
        return [Delivery(raw, "", _addresses(reached))]


PROVIDERS: dict[str, type[Provider]] = {
    "mailgun": Mailgun,
    "postmark": Postmark,
    "sendgrid": SendGrid,
    "amazon_ses": AmazonSES,
    "brevo": Brevo,
    "resend": Resend,
}


RAW_WISHED = "_mime"  # Mailgun posts the raw letter to an address that says so.


def named(name: str) -> Provider | None:
    """The provider of this name, if this installation has its secret."""
    name = name.removesuffix(RAW_WISHED)
    secrets = provider_secrets.secrets_of(name, settings.MAIL_HOOKS)
    if name not in PROVIDERS or not secrets:
        return None
    return PROVIDERS[name](secrets, settings.MAIL_HOOKS.get(f"{name}_key", ""))


def svix_mac(secret: str, signed: bytes) -> str:
    """The signature of these bytes; the secret's form is whsec_ and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _sender(told: str | None) -> str:
    """The envelope's sender; the empty one tells that a machine wrote, and "" that nobody said."""
    if told is None:
        return ""
    return told.strip().strip("<>") or NOBODY


def _addresses(headers: Iterable[str]) -> list[str]:
    return [address for _name, address in getaddresses(list(headers)) if address]


def _values(said: Mapping[str, str], *names: str) -> list[str]:
    return [said[name] for name in names if name in said]


def _files(posted: Any, ids: Mapping[str, str]) -> list[File]:
    """The files of a form; `ids` says which of them the text shows."""
    return [
        File(each.file_name, each.type, each.content, ids.get(name, ""))
        for name, each in posted.files.items()
    ]


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _opened(url: str, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """What is there, at most so much of it."""
    answer = outbound_http.ask(url, headers, max_bytes=max_bytes)
    if answer.status != 200:
        raise OutboundFailed(f"The provider answered {answer.status}.")
    return answer.body
