"""Which addresses could not be reached, in reports of every age."""

import pytest

from tests.mail.mails import letter, multipart
from tickets.mail.letter import Bounce
from tickets.mail.parse import parse

SYSTEM = "From: MAILER-DAEMON@mx.example\nTo: it@example.com\nReturn-Path: <>\n"
NOTE = "Content-Type: text/plain\n\nYour mail could not be delivered."
ORIGINAL = "Content-Type: message/rfc822\n\nMessage-ID: <t1@example.com>\nTo: elif@example.org\n\nx"


def status(*recipients: str) -> str:
    return (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        + "\n\n".join(recipients)
    )


def test_a_standard_report() -> None:
    report = status("Final-Recipient: rfc822; elif@example.org\nAction: failed\nStatus: 5.1.1")
    found = parse(multipart("report; report-type=delivery-status", NOTE, report, ORIGINAL))
    assert found.bounce == Bounce(("elif@example.org",), True, "<t1@example.com>")
    assert found.automatic


def test_only_what_failed_is_counted() -> None:
    report = status(
        "Final-Recipient: rfc822; a@example.org\nAction: delivered\nStatus: 2.0.0",
        "Final-Recipient: rfc822; b@example.org\nAction: failed\nStatus: 5.0.0",
        "Original-Recipient: rfc822;c@example.org\nFinal-Recipient: rfc822; x@y.example\n"
        "Action: FAILED (really)\nStatus: 5.0.0",
    )
    found = parse(multipart("report", NOTE, report)).bounce
    assert found is not None
    assert found.addresses == ("b@example.org", "c@example.org")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("utf-8; elif.yıldız@example.org", "elif.yıldız@example.org"),
        (r"utf-8; y\x{131}ld\x{131}z@example.org", "yıldız@example.org"),
        (r"utf-8; \x{D800}@example.org", "\ufffd@example.org"),
    ],
)
def test_addresses_of_all_languages(written: str, meant: str) -> None:
    report = status(f"Final-Recipient: {written}\nAction: failed\nStatus: 5.1.1")
    report = report.replace("delivery-status", "global-delivery-status")
    found = parse(multipart("report", NOTE, report)).bounce
    assert found
    assert found.addresses == (meant,)


def test_a_delay_is_not_final() -> None:
    report = status("Final-Recipient: rfc822; a@example.org\nAction: delayed\nStatus: 4.4.1")
    found = parse(multipart("report", NOTE, report)).bounce
    assert found is not None
    assert (found.addresses, found.permanent) == (("a@example.org",), False)


def test_a_report_of_success_is_no_bounce() -> None:
    report = status("Final-Recipient: rfc822; a@example.org\nAction: delivered\nStatus: 2.0.0")
    assert parse(multipart("report", NOTE, report)).bounce is None


ACCOUNTS = {
    "qmail": (
        "failure notice",
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver"
        " your message to the following addresses.\n\n<elif@example.org>:\nSorry, no mailbox.\n\n"
        "--- Below this line is a copy of the message.\n\nReturn-Path: <it@example.com>\n"
        "Cc: tom@example.org\n",
    ),
    "sendmail": (
        "Returned mail: User unknown",
        "The original message was received at Mon, 9 Mar 2026\nfrom localhost\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n<elif@example.org>\n\n"
        "   ----- Transcript of session follows -----\n550 <elif@example.org>... User unknown\n",
    ),
    "sendmail alias": (
        "Returned mail: User unknown",
        "   ----- The following addresses had permanent fatal errors -----\nx@inner.example\n"
        "    (expanded from: <elif@example.org>)\n",
    ),
    "exim": (
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more\nrecipients. This is a"
        " permanent error. The following address(es) failed:\n\n  elif@example.org\n    Unrouteable"
        " address\n\n------ This is a copy of the message, including all the headers. ------\n\n"
        "Received: from x\nTo: someone@else.example\n",
    ),
    "exchange": (
        "Undeliverable: Printer",
        "Your message\n\n  To:      Elif Kaya\n  Subject: Printer\n\ndid not reach the following"
        " recipient(s):\n\nelif@example.org on Mon, 9 Mar 2026\n    The recipient name is not"
        " recognized\n",
    ),
    "postfix text": (
        "Undelivered Mail Returned to Sender",
        "I'm sorry to have to inform you that your message could not be delivered.\nPlease contact"
        " <postmaster@mx.example>\n\n<elif@example.org>: host mx.example said: 550 5.1.1 unknown\n",
    ),
    "transcript": (
        "Mail could not be delivered",
        "Sent <<< RCPT TO:<elif@example.org>\nReceived >>> 550 5.1.1 unknown user.\n",
    ),
    "quoted": (
        "Mailbox full",
        'Delivery of email to this address\n\n"elif@example.org"\n\nfailed: the mailbox is full.\n',
    ),
}


@pytest.mark.parametrize(("subject", "account"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_reports_in_free_words(subject: str, account: str) -> None:
    found = letter(f"Subject: {subject}", account, base=SYSTEM)
    assert found.bounce is not None
    assert found.bounce.addresses == ("elif@example.org",)
    assert found.bounce.permanent


def test_a_warning_in_free_words_is_not_final() -> None:
    account = (
        "Your message to:\n  elif@example.org\nhas not yet been delivered.\n"
        "We will continue to try for 4 days."
    )
    found = letter("Subject: Warning: delayed", account, base=SYSTEM).bounce
    assert found is not None
    assert (found.addresses, found.permanent) == (("elif@example.org",), False)


def test_failed_recipients_of_a_header() -> None:
    found = letter("X-Failed-Recipients: a@example.org,\n b@example.org").bounce
    assert found is not None
    assert found.addresses == ("a@example.org", "b@example.org")


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Mail could not be delivered", "My mail to bob@supplier.example was rejected, why?"),
        ("Undeliverable: offer", "Hi, I got this: 550 5.1.1 user unknown for bob@supplier.example"),
        ("Mailbox full", "My mailbox is full, mail of tom@example.org does not arrive."),
    ],
)
def test_a_person_who_asks_about_a_bounce_is_no_bounce(subject: str, body: str) -> None:
    found = letter(body=body, base=f"From: elif@example.org\nSubject: {subject}\n")
    assert found.bounce is None
    assert not found.automatic
