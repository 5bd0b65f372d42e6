"""Letters that mail providers hand in over the web, in the shapes in which each one does."""

import base64
import hashlib
import hmac
import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from helpdesk.lib import outbound_http
from helpdesk.lib.outbound_http import Answer, Fetched
from tests.mail.postbox import letter
from tickets.mail import intake, provider_secrets, providers, receive
from tickets.models import InboundMail, Mailbox, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company", "secrets")]
Outcome = InboundMail.Outcome
Fields = dict[str, bytes | str]
HERE, NOWHERE = "it@aldera.example", "nobody@aldera.example"
SENDER = "elif@aldera.example"
# Bytes that are no UTF-8, and lines that a form or a parser could break.
RAW = (
    b"From: Elif <elif@aldera.example>\r\nTo: it@aldera.example\r\nSubject: Screen is dark\r\n"
    b"Message-ID: <one@mail.example>\r\nContent-Type: text/plain; charset=iso-8859-9\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nD\xfcn iyiydi & 100% = +1.\r\n.\r\n"
)
TEXT = letter(Message_ID="<one@mail.example>").as_bytes()  # Where it goes through JSON as text.
PASSWORD = {"Authorization": "Basic " + base64.b64encode(b"mail:word").decode()}
SIGNING_KEY, SVIX = "mailgun-signing-key", "whsec_" + base64.b64encode(b"resend-secret").decode()
MOMENT = 1773039600


@pytest.fixture
def secrets(settings: Settings) -> None:
    shown = dict.fromkeys(["postmark", "sendgrid", "amazon_ses", "brevo"], "old:one, mail:word")
    keys = {"brevo_key": "brevo-key", "resend_key": "resend-key"}
    settings.MAIL_HOOKS = {"mailgun": SIGNING_KEY, "resend": SVIX, **shown, **keys}


@dataclass
class Request:
    """What the provider posts."""

    provider: str
    body: bytes
    type: str = "application/json"
    headers: dict[str, str] = field(default_factory=lambda: dict(PASSWORD))

    def post(self, **more: Any) -> Any:
        client = Client(enforce_csrf_checks=True)
        answer = client.generic(
            "POST", f"/mail/in/{self.provider}/", self.body, self.type, headers=self.headers, **more
        )
        assert not answer.cookies
        return answer


def form(fields: Fields, *files: tuple[str, str, str, bytes]) -> tuple[bytes, str]:
    """A form as bytes, and its type."""
    parts = [
        b'--cut\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    ]
    parts += [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        f"Content-Type: {kind}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, file, kind, content in files
    ]
    return b"".join(parts) + b"--cut--\r\n", "multipart/form-data; boundary=cut"


def signed(fields: Fields, key: str = SIGNING_KEY) -> Fields:
    token = "7d57c04ad4ab0bc9d2ba1a8b9a0c6f1a"
    mac = hmac.new(key.encode(), f"{MOMENT}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": str(MOMENT), "token": token, "signature": mac, **fields}


def mailgun(to: str = HERE, raw: bytes = RAW, key: str = SIGNING_KEY) -> Request:
    fields: Fields = {"recipient": to, "sender": SENDER, "subject": "Dark", "body-mime": raw}
    return Request("mailgun", *form(signed(fields, key)), headers={})


def postmark(to: str = HERE, raw: bytes = TEXT) -> Request:
    told = {
        "FromName": "Elif",
        "From": SENDER,
        "To": to,
        "OriginalRecipient": to,
        "Subject": "Screen is dark",
        "MessageID": "22c74902-a0c1-4511-804f2-341342852c90",
        "Headers": [{"Name": "Return-Path", "Value": f"<{SENDER}>"}],
        "RawEmail": raw.decode(),
    }
    return Request("postmark", json.dumps(told).encode())


def sendgrid(to: str = HERE, raw: bytes = RAW) -> Request:
    envelope = json.dumps({"to": [to], "from": SENDER})
    fields: Fields = {"to": to, "email": raw, "envelope": envelope}
    return Request("sendgrid", *form(fields))


def notification(message: dict[str, Any] | str, kind: str = "Notification", **more: str) -> Request:
    """What Amazon SNS posts."""
    number = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    said = message if isinstance(message, str) else json.dumps(message)
    body = {"Type": kind, "MessageId": number, "TopicArn": "arn:aws:sns:eu-central-1:1:mail"}
    body |= {"Message": said, **more}
    headers = {"x-amz-sns-message-type": kind, "x-amz-sns-message-id": number, **PASSWORD}
    return Request("amazon_ses", json.dumps(body).encode(), "text/plain; charset=UTF-8", headers)


def amazon_ses(to: str = HERE, raw: bytes = RAW) -> Request:
    return notification(
        {
            "notificationType": "Received",
            "mail": {"source": SENDER, "messageId": "o3vrnil0e2ic28tr", "destination": [to]},
            "receipt": {"recipients": [to], "action": {"type": "SNS", "encoding": "BASE64"}},
            "content": base64.b64encode(raw).decode(),
        }
    )


def brevo(to: str = HERE, raw: bytes = RAW, **more: Any) -> Request:
    headers = {
        "Return-Path": SENDER,
        "Delivered-To": to,
        "Received": ["by one", "by two"],
        "From": "Elif <elif@aldera.example>",
        "To": to,
        "Subject": "Screen is dark",
        "Message-ID": "<one@mail.example>",
        "Content-Type": 'multipart/mixed; boundary="theirs"',
    }
    text = raw.partition(b"\n\n" if b"\r\n\r\n" not in raw else b"\r\n\r\n")[2]
    item = {
        "Uuid": ["fcf1b9f4-7e3c-4c4a-9b0e-1b1d1f2f3f4f"],
        "Headers": headers,
        "RawTextBody": text.decode("iso-8859-9"),
        "RawHtmlBody": None,
        "Attachments": [],
        **more,
    }
    return Request("brevo", json.dumps({"items": [item]}).encode())


def resend(to: str = HERE, raw: bytes = RAW, moment: int = MOMENT, secret: str = SVIX) -> Request:
    data = {
        "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
        "from": SENDER,
        "to": [f"IT <{to}>"],
    }
    body = json.dumps({"type": "email.received", "data": data}).encode()
    WEB.pages["https://inbound-cdn.resend.com/raw"] = raw
    return Request("resend", body, headers=svix(body, moment, secret))


def svix(body: bytes, moment: int = MOMENT, secret: str = SVIX) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"msg_1.{moment}.".encode() + body, hashlib.sha256).digest()
    said = f"v1,AAAA v1,{base64.b64encode(mac).decode()}"
    return {"svix-id": "msg_1", "svix-timestamp": str(moment), "svix-signature": said}


class Web:
    """The providers' own servers: what is where, and what they were asked."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def ask(self, url: str, headers: Any, *, max_bytes: int) -> Answer:
        self.asked.append((url, dict(headers)))
        if url not in self.pages:
            return Answer(404, b"{}")
        return Answer(200, self.pages[url][:max_bytes])

    def fetch(self, url: str, *, max_bytes: int, **_more: str) -> Fetched:
        self.asked.append((url, {}))
        return Fetched(200 if url in self.pages else 404, b"", "", "", "text/xml")


WEB = Web()
ASK_RESEND = "https://api.resend.com/emails/receiving/56761188-7520-42d8-8898-ff6fc54ce618"


@pytest.fixture(autouse=True)
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    WEB.__init__()  # type: ignore[misc]
    raw = {"raw": {"download_url": "https://inbound-cdn.resend.com/raw"}}
    WEB.pages[ASK_RESEND] = json.dumps(raw).encode()
    monkeypatch.setattr(outbound_http, "ask", WEB.ask)
    monkeypatch.setattr(outbound_http, "fetch", WEB.fetch)
    with time_machine.travel(MOMENT + 10, tick=False):
        yield WEB


ALL: list[Callable[..., Request]] = [mailgun, postmark, sendgrid, amazon_ses, brevo, resend]
REFUSED = {mailgun: 406, postmark: 403, sendgrid: 406, amazon_ses: 406, brevo: 406, resend: 200}
each = pytest.mark.parametrize("made", ALL, ids=lambda made: made.__name__)


def content(row: InboundMail) -> Any:
    return message_from_bytes(bytes(row.raw), policy=policy.default)


# --- What all have in common ----------------------------------------------------------------------


@each
def test_a_letter_is_stored_before_it_is_confirmed_and_becomes_a_ticket(
    made: Callable[..., Request],
) -> None:
    answer = made().post()
    assert (answer.status_code, answer.content) == (200, b"Kept.")
    row = InboundMail.objects.get()
    assert (row.outcome, row.mailbox.address) == (Outcome.STORED, HERE)
    assert row.envelope_from == ("" if made is resend else SENDER)
    intake.take_in_waiting()
    assert Ticket.objects.get().summary == "Screen is dark"


@pytest.mark.parametrize("made", [mailgun, sendgrid, amazon_ses, resend])
def test_every_byte_is_kept_where_the_provider_has_them(made: Callable[..., Request]) -> None:
    made().post()
    assert bytes(InboundMail.objects.get().raw) == RAW


@each
def test_a_replay_is_known_by_its_bytes(made: Callable[..., Request]) -> None:
    assert [made().post().status_code for _again in range(2)] == [200, 200]
    outcomes = InboundMail.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.STORED, Outcome.DUPLICATE]


@each
def test_a_mailbox_that_is_not_ours_ends_the_matter(made: Callable[..., Request]) -> None:
    answer = made(NOWHERE).post()
    assert (answer.status_code, answer.content) == (REFUSED[made], b"No such mailbox here.")
    Mailbox.objects.update(is_active=False)
    assert made(HERE).post().status_code == REFUSED[made]
    assert not InboundMail.objects.exists()


@each
def test_without_the_database_the_provider_comes_again(
    made: Callable[..., Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(receive, "store", away)
    answer = made().post()
    assert answer.status_code == (429 if made is brevo else 503)
    assert answer["Retry-After"] == "60"
    assert not InboundMail.objects.exists()


@each
def test_a_letter_over_the_limit_is_kept_as_headers_and_rejected(
    made: Callable[..., Request], settings: Settings
) -> None:
    settings.MAIL_MAX_BYTES = 3000
    head, _gap, _body = TEXT.partition(b"\n\n")
    assert made(raw=head + b"\n\n" + b"x" * 4000).post().status_code == 200
    row = InboundMail.objects.get()
    assert row.outcome == Outcome.REJECTED
    assert b"Subject: Screen is dark" in bytes(row.raw)
    assert b"xxx" not in bytes(row.raw)


@each
def test_a_provider_without_a_secret_is_not_there(
    made: Callable[..., Request], settings: Settings
) -> None:
    settings.MAIL_HOOKS = {}
    assert made().post().status_code == 404


@each
def test_only_posts_are_taken(made: Callable[..., Request]) -> None:
    assert Client().get(f"/mail/in/{made().provider}/").status_code == 405


@each
def test_without_the_secret_nothing_is_stored(
    made: Callable[..., Request], caplog: pytest.LogCaptureFixture
) -> None:
    request = made()
    told = {k: v for k, v in request.headers.items() if not k.startswith(("Auth", "svix-sig"))}
    request.headers = told
    if made is mailgun:
        request = mailgun(key="another")
    assert request.post().status_code == (403 if made in {mailgun, resend} else 401)
    assert not InboundMail.objects.exists()
    assert HERE not in caplog.text
    assert SENDER not in caplog.text


@pytest.mark.parametrize("shown", ["mail:wrong", "mail:", "wrong", "old:one,mail:word", "None"])
def test_a_wrong_password_is_asked_for_again(shown: str) -> None:
    request = postmark()
    request.headers = {"Authorization": "Basic " + base64.b64encode(shown.encode()).decode()}
    answer = request.post()
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="mail"')


def test_an_old_password_is_good_while_it_is_being_changed() -> None:
    request = postmark()
    request.headers = {"Authorization": "Basic " + base64.b64encode(b"old:one").decode()}
    assert request.post().status_code == 200


@each
def test_a_request_too_long_to_be_a_letter_is_not_read(
    made: Callable[..., Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = made()
    size = len(request.body)
    monkeypatch.setattr(providers.PROVIDERS[request.provider], "body_bytes", size)
    assert request.post().status_code == 200
    monkeypatch.setattr(providers.PROVIDERS[request.provider], "body_bytes", size - 1)
    assert request.post().status_code == 413
    assert InboundMail.objects.count() == 1


@each
def test_what_cannot_be_read_comes_again_and_is_logged(
    made: Callable[..., Request], caplog: pytest.LogCaptureFixture
) -> None:
    request = made()
    request.body = request.body[: len(request.body) // 2]
    if made is resend:
        request.headers = svix(request.body)
    with caplog.at_level(logging.WARNING):
        status = request.post().status_code
    assert status in {429, 503}
    assert f"provider={request.provider}" in caplog.text
    assert not InboundMail.objects.exists()


def test_a_request_that_breaks_off_is_no_letter() -> None:
    fields = signed({"recipient": HERE, "sender": SENDER, "body-mime": RAW})
    body = urlencode(fields).encode()
    request = Request("mailgun", body, "application/x-www-form-urlencoded", {})
    cut = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + 1)}
    assert request.post(**cut).status_code == 503


def test_a_large_letter_is_no_large_form() -> None:
    head, _gap, _body = RAW.partition(b"\r\n\r\n")
    assert sendgrid(raw=head + b"\r\n\r\n" + b"x" * 6_000_000).post().status_code == 200
    assert len(InboundMail.objects.get().raw) > 6_000_000


# --- What is special about each -------------------------------------------------------------------


def test_mailgun_names_all_recipients_and_the_empty_sender() -> None:
    fields: Fields = {"recipient": f"{HERE},hr@aldera.example", "sender": "", "body-mime": RAW}
    Request("mailgun", *form(signed(fields)), headers={}).post()
    rows = InboundMail.objects.order_by("mailbox__address")
    assert [row.mailbox.address for row in rows] == ["hr@aldera.example", HERE]
    assert {row.envelope_from for row in rows} == {intake.NOBODY}


def test_mailgun_posts_letters_without_files_as_another_form() -> None:
    fields = signed({"recipient": HERE, "sender": SENDER, "body-mime": RAW})
    kind = "application/x-www-form-urlencoded"
    assert Request("mailgun_mime", urlencode(fields).encode(), kind, {}).post().status_code == 200
    assert bytes(InboundMail.objects.get().raw) == RAW


def test_mailgun_without_the_raw_letter_gives_its_parts() -> None:
    headers = [["From", SENDER], ["Subject", "Ekran\r\n karanlık"], ["Content-Type", "text/x"]]
    fields = {
        "recipient": HERE,
        "sender": SENDER,
        "message-headers": json.dumps([*headers, ["To", "<"], ["Message-ID", "é" * 99]]),
        "body-plain": "Dün iyiydi.",
        "body-html": '<p>Dün <img src="cid:dark@x">',
        "attachment-count": "2",
        "content-id-map": json.dumps({"<dark@x>": "attachment-1"}),
    }
    png = ("attachment-1", "dark.png", "image/png", b"\x89PNG\r\n\x00")
    note = ("attachment-2", "Größe.txt", "text/plain\x00", b"a\nb\r\n")
    answer = Request("mailgun", *form(signed({**fields}), png, note), headers={}).post()
    assert answer.status_code == 200
    mail = content(InboundMail.objects.get())
    assert mail["Subject"] == "Ekran karanlık"
    assert mail.get_body(["plain"]).get_content() == "Dün iyiydi."
    assert mail.get_body(["html"]).get_content() == fields["body-html"]
    files = [part for part in mail.walk() if part.get_filename()]
    assert [part.get_payload(decode=True) for part in files] == [png[3], note[3]]
    assert [part.get_filename() for part in files] == ["dark.png", "Größe.txt"]
    assert files[0]["Content-ID"] == "<dark@x>"


def test_postmark_without_the_raw_letter_gives_its_parts() -> None:
    told = {
        "From": "Elif <elif@aldera.example>",
        "To": HERE,
        "Cc": "",
        "OriginalRecipient": "it+t1.2.abc@aldera.example",
        "Subject": "Screen \ud83d is dark",
        "Date": "Mon, 9 Mar 2026 10:00:00 +0300",
        "ReplyTo": "",
        "TextBody": "It was fine. \ud83d",
        "HtmlBody": "",
        "Headers": [{"Name": "Return-Path", "Value": "<>"}, {"Name": "X-Y", "Value": "1"}],
        "Attachments": [
            {"Name": "a.txt", "Content": "aGk=", "ContentType": "text/plain", "ContentID": ""}
        ],
    }
    assert Request("postmark", json.dumps(told).encode()).post().status_code == 200
    row = InboundMail.objects.get()
    assert (row.envelope_from, row.envelope_to) == (intake.NOBODY, told["OriginalRecipient"])
    mail = content(row)
    assert (mail["From"], mail["Subject"]) == (told["From"], "Screen ? is dark")
    assert [part.get_content() for part in mail.iter_attachments()][-1] == "hi"


def test_sendgrid_without_the_raw_letter_gives_its_parts() -> None:
    fields: Fields = {
        "headers": "From: elif@aldera.example\nSubject: Long\n and folded\nMIME-Version: 1.0",
        "text": "Dün".encode("iso-8859-9"),
        "charsets": json.dumps({"text": "iso-8859-9", "html": "no-such"}),
        "html": "<p>Dün",
        "attachment-info": json.dumps({"attachment1": {"filename": "a.txt", "type": "text/plain"}}),
        "envelope": json.dumps({"to": [HERE], "from": SENDER}),
    }
    file = ("attachment1", "a.txt", "text/plain", b"hi")
    assert Request("sendgrid", *form(fields, file)).post().status_code == 200
    mail = content(InboundMail.objects.get())
    assert mail["Subject"] == "Long and folded"
    assert mail.get_body(["plain"]).get_content() == "Dün"


def test_brevo_gives_files_for_its_key(web: Web) -> None:
    web.pages["https://api.brevo.com/v3/inbound/attachments/to%2Fken"] = b"\x89PNG"
    told = {"Name": "a.png", "ContentType": "image/png", "DownloadToken": "to/ken"}
    assert brevo(Attachments=[told]).post().status_code == 200
    assert web.asked[0][1] == {"api-key": "brevo-key"}
    row = InboundMail.objects.get()
    assert bytes(row.raw).count(b"Received: by") == 2
    [file] = [part for part in content(row).walk() if part.get_filename()]
    assert file.get_payload(decode=True) == b"\x89PNG"


def test_files_of_brevo_are_fetched_no_further_than_the_limit(settings: Settings, web: Web) -> None:
    settings.MAIL_MAX_BYTES = 3000
    url = "https://api.brevo.com/v3/inbound/attachments/"
    web.pages = {f"{url}{token}": b"x" * 4000 for token in "ab"}
    files = [{"Name": f"{token}.txt", "DownloadToken": token} for token in "ab"]
    brevo(Attachments=files).post()
    assert [asked for asked, _headers in web.asked] == [f"{url}a"]
    assert InboundMail.objects.get().outcome == Outcome.REJECTED


def test_a_letter_that_the_provider_does_not_give_now_comes_again(web: Web) -> None:
    web.pages.clear()
    assert resend().post().status_code == 503
    assert brevo(Attachments=[{"Name": "a", "DownloadToken": "t"}]).post().status_code == 429
    assert not InboundMail.objects.exists()


def test_resend_is_asked_with_its_key_and_the_store_without(web: Web) -> None:
    resend().post()
    assert web.asked == [
        (ASK_RESEND, {"Authorization": "Bearer resend-key"}),
        ("https://inbound-cdn.resend.com/raw", {}),
    ]


@pytest.mark.parametrize("age", [-311, 291, 10_000])
def test_an_old_signature_of_resend_is_not_believed(age: int) -> None:
    assert resend(moment=MOMENT - age).post().status_code == 403


def test_another_secret_of_resend_is_not_believed() -> None:
    other = "whsec_" + base64.b64encode(b"another").decode()
    assert resend(secret=other).post().status_code == 403


def test_other_news_of_resend_are_heard_and_forgotten(web: Web) -> None:
    body = json.dumps({"type": "email.sent", "data": {}}).encode()
    answer = Request("resend", body, headers=svix(body)).post()
    assert (answer.status_code, answer.content) == (200, b"Nothing to keep.")
    assert web.asked == []


CONFIRM = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (CONFIRM, 200),
        ("https://sns.eu-central-1.amazonaws.com.evil.example/", 503),
        ("https://evil.example/sns.eu-central-1.amazonaws.com/", 503),
        ("http://sns.eu-central-1.amazonaws.com/", 503),
    ],
)
def test_a_subscription_is_confirmed_at_amazon_only(web: Web, url: str, status: int) -> None:
    web.pages[CONFIRM] = b""
    request = notification("You have chosen", "SubscriptionConfirmation", SubscribeURL=url)
    assert request.post().status_code == status
    assert [asked for asked, _headers in web.asked] == ([CONFIRM] if status == 200 else [])


def test_a_notification_whose_headers_say_something_else_is_not_believed() -> None:
    request = amazon_ses()
    request.headers["x-amz-sns-message-id"] = "another"
    assert request.post().status_code == 403


def test_a_letter_of_amazon_as_text() -> None:
    event = json.loads(json.loads(amazon_ses().body)["Message"])
    event["receipt"]["action"] = {"type": "SNS", "encoding": "UTF8"}
    event["content"] = TEXT.decode()
    assert notification(event).post().status_code == 200
    assert bytes(InboundMail.objects.get().raw) == TEXT
    event["receipt"]["action"] = {"type": "S3"}
    assert notification(event).post().status_code == 503


# --- What an installation says --------------------------------------------------------------------


def test_half_of_the_secrets_stop_the_start() -> None:
    faults = provider_secrets.faults({"foo": "1", "postmark": "a:b,word", "resend": "whsec_x"})
    assert [fault.split()[0] for fault in faults if not fault.startswith("Set")] == [
        "MAIL_HOOK_FOO",
        "MAIL_HOOK_POSTMARK",
    ]
    assert faults[-1].startswith("Set MAIL_HOOK_RESEND_KEY")


@pytest.mark.parametrize("place", ["docs/operations.md", "docker-compose.yml"])
def test_every_variable_reaches_the_program_and_is_explained(
    settings: Settings, place: str
) -> None:
    words = (settings.BASE_DIR / place).read_text()
    assert not [
        name for name in settings.MAIL_HOOKS if provider_secrets.variable(name) not in words
    ]


def test_complete_secrets_are_no_fault(settings: Settings) -> None:
    assert provider_secrets.faults(settings.MAIL_HOOKS) == []
    assert set(providers.PROVIDERS) == provider_secrets.SIGNING | provider_secrets.SHOWING
