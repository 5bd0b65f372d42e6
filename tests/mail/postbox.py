"""Letters in and out for tests: built as mail programs build them, handed in as servers do."""

from email.message import EmailMessage
from email.utils import make_msgid

from tickets.mail import intake, receive
from tickets.models import InboundMail, Mailbox, OutboundMail


def letter(
    sender: str = "elif@aldera.example",
    *,
    to: str = "it@aldera.example",
    subject: str = "Screen is dark",
    body: str = "It was fine yesterday.",
    **headers: str,
) -> EmailMessage:
    """A plain mail; further headers by name with underscores for hyphens."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = headers.pop("Message_ID", make_msgid(domain="mail.example"))
    for name, value in headers.items():
        if value:
            mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail


def answer(mail: OutboundMail, body: str = "Thank you.", **fields: str) -> EmailMessage:
    """What a mail program makes of “Reply” on one of our mails."""
    return letter(
        fields.pop("sender", mail.to_address),
        to=fields.pop("to", mail.headers["Reply-To"]),
        subject=fields.pop("subject", f"Re: {mail.subject}"),
        body=body,
        In_Reply_To=fields.pop("In_Reply_To", mail.mail_id),
        References=fields.pop("References", mail.mail_id),
        **fields,
    )


def post(mail: EmailMessage | bytes, *, to: str = "it@aldera.example") -> InboundMail:
    """Hand a letter in as the SMTP listener does."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    mailbox = receive.mailbox_for(to) or Mailbox.objects.get(address="it@aldera.example")
    return receive.store(mailbox, raw, "", to)


def taken_in(mail: EmailMessage | bytes | InboundMail, **fields: str) -> InboundMail:
    """The row of a letter after a worker has read it."""
    row = mail if isinstance(mail, InboundMail) else post(mail, **fields)
    intake.take_in(row.pk)
    row.refresh_from_db()
    return row
