"""From an event and a reader to a finished mail: subject, text, HTML, headers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import quote
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from departments.models import Department, Person
from tickets.mail import (
    keyed,
    pace,
    pages,
    said,
    slips,
    time_words,
    unsubscribe,
    why,
    wording,
)
from tickets.mail.history import history_for
from tickets.merged import goes_on_for
from tickets.models import (
    Channel,
    GapWarning,
    InboundMail,
    Mailbox,
    Message,
    OutboundMail,
    State,
    Ticket,
    TicketEvent,
    Topic,
)
from tickets.page_words import gap_words

EXCERPT = 1500
REFERENCES_MAX = 10
LOOP_HEADER = "X-Helpdesk-Loop"
SENSITIVITY = "Sensitivity"  # RFC 2156, 2.2.1; mail programs show it.
# A person wrote the reply that these carry, so they are not “automatic” (RFC 3834, 2).
WRITTEN_BY_PEOPLE = frozenset({"reply", "resolved"})
# In other words for guests: nothing of theirs may stand in what a forger makes us send.
GUEST_LETTERS = {"acknowledgement": "guest_acknowledgement"}
# These lead to the desk's own page.
TO_THE_DESK = frozenset({"assigned", slips.ASKED, time_words.ESCALATED})
# Invisible, and wide enough that no list of mails shows what stands behind them.
BLANKS = mark_safe("&#847;&zwnj;&nbsp;&#8199;" * 40)  # noqa: S308 (ours)
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True)
class Composed:
    """A mail as it will be stored."""

    from_address: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]


def compose(kind: str, *, to: Person, event: TicketEvent, mail_id: str) -> Composed:
    """Write the mail of this kind about the event, for one reader. Notes never enter it."""
    ticket, message = event.ticket, public_message(event)
    mailbox = mailbox_of(ticket, letter_of(event))
    with translation.override(to.language), timezone.override(to.zone):
        words = _words(kind, to, event, message, mailbox)
        leaf = kind
        if to.is_guest:  # They can open none of our pages, and may not have written themselves.
            words |= {"url": "", "summary": ""}
            leaf = GUEST_LETTERS.get(kind, kind)
        return Composed(
            from_address=_from(ticket, event if message else None, mailbox),
            subject=pages.subject(kind, ticket, to),
            text=_plain(leaf, words),
            html=_rich(leaf, words),
            headers=_headers(
                kind,
                to,
                ticket,
                mailbox,
                mail_id,
                is_written=message is not None,
                earlier=_earlier_ids(kind, event, to),
            ),
        )


def compose_account(leaf: str, *, to: Person, url: str, mail_id: str) -> Composed:
    """A mail about somebody's sign-in; its link always leads to our own address."""
    parts = urlsplit(url)
    own = f"{settings.PUBLIC_URL}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    with translation.override(to.language), timezone.override(to.zone):
        subject = _("Your password for the help desk")
        reason = why.of_account()
        return about_no_ticket(leaf, Topic.ACCOUNT, to, subject, own, mail_id, why=reason)


def compose_gaps(gaps: Sequence[GapWarning], *, to: Person, at: datetime, mail_id: str) -> Composed:
    """To a lead: where the rota of their desk has nobody in the days ahead."""
    desk = gaps[0].desk
    long_ago = at - timedelta(days=60)  # So that each day has its date: a mail is read later.
    url = f"{settings.PUBLIC_URL}{reverse('on_call', args=[desk.slug])}"
    with translation.override(to.language), timezone.override(to.zone):
        lines = [gap_words(gap, long_ago, to.zone) for gap in gaps]
        subject = _("On call at %(desk)s: somebody is missing") % {"desk": desk.name}
        words: dict[str, Any] = {"desk": desk.name, "lines": lines, "speaker": speaker_of(desk)}
        words["why"] = why.of_desk(to, desk)
        return about_no_ticket("rota_gaps", Topic.LEADING, to, subject, url, mail_id, **words)


def about_no_ticket(
    leaf: str,
    topic: Topic,
    to: Person,
    subject: str,
    url: str,
    mail_id: str,
    speaker: Mailbox | None = None,
    **more: object,
) -> Composed:
    """A mail of the installation, or of a desk where its mailbox speaks."""
    words = {"name": wording.called(to), "person": to, "url": url, "lang": to.language, **more}
    words |= why.links(to, topic)
    words["signature"] = speaker.signature if speaker else ""
    name = speaker.name if speaker else _("Help desk")
    address = speaker.address if speaker else settings.DEFAULT_FROM_EMAIL
    return Composed(
        from_address=sender_line(name, address),
        subject=wording.one_line(subject),
        text=_plain(leaf, words),
        html=_rich(leaf, words),
        headers={
            "Message-ID": mail_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            LOOP_HEADER: settings.MAIL_DOMAIN,
            "Content-Language": to.language,
            **unsubscribe.headers(to, topic),
        },
    )


def public_message(event: TicketEvent) -> Message | None:
    """The event's message if everybody on the ticket may read it."""
    message = event.message
    return message if message is not None and message.kind == Message.Kind.PUBLIC else None


def letter_of(event: TicketEvent) -> InboundMail | None:
    """The letter by which it was said, where intake has it in hand; nothing is asked for it."""
    message = event.message
    is_known = message is not None and Message._meta.get_field("letter").is_cached(message)
    found: InboundMail | None = getattr(message, "letter", None) if is_known else None
    return found


def mailbox_of(ticket: Ticket, letter: InboundMail | None = None) -> Mailbox | None:
    """The address that speaks for this ticket: its service's own, else the desk's first.

    Intake has seen whether the one to which a letter came is the first of its kind.
    """
    if letter is not None and not getattr(letter, "may_have_elder", True):
        box = letter.mailbox
        is_same = (box.desk_id, box.service_id) == (ticket.desk_id, ticket.service_id)
        if is_same and box.is_active:
            return box
    boxes = list(ticket.desk.mailboxes.filter(is_active=True).order_by("pk"))
    own = [box for box in boxes if ticket.service_id and box.service_id == ticket.service_id]
    return next(iter(own + [box for box in boxes if box.service_id is None]), None)


def speaker_of(desk: Department) -> Mailbox | None:
    """The address of the desk itself, not of one of its services."""
    return desk.mailboxes.filter(is_active=True, service=None).order_by("pk").first()


def _words(
    kind: str, to: Person, event: TicketEvent, message: Message | None, mailbox: Mailbox | None
) -> dict[str, Any]:
    """What the templates of all kinds may say."""
    ticket, now = event.ticket, wording.now_of(event.at)
    as_desk = kind in TO_THE_DESK or (to.pk == ticket.assignee_id != ticket.requester_id)
    path = ticket.get_desk_url() if as_desk else ticket.get_absolute_url()
    shown = message if kind in WRITTEN_BY_PEOPLE else None
    return {
        "name": wording.called(to),
        "person": to,
        "actor": event.actor,
        "ticket": ticket,
        "desk": ticket.desk.name,
        "summary": "" if ticket.is_confidential else ticket.summary,
        "url": f"{settings.PUBLIC_URL}{path}",
        "as_desk": as_desk,
        "facts": event.facts,
        "state": event.facts.get("state", ""),
        "signature": mailbox.signature if mailbox else "",
        "lang": to.language,
        "your_turn": to.pk == ticket.requester_id
        and event.facts.get("state") == State.WAITING_REQUESTER,
        "history": history_for(kind, to, event),
        **said.words(shown, to, ticket, now),
        **_moments(kind, to, ticket, now),
        **_split(event),
        **pages.words(kind, to, event, now),
        **slips.words(kind, to, event, now),
        **time_words.words(kind, to, event, now),
        **why.words(kind, to, event),
        **({"excerpt": _excerpt(ticket)} if kind == "assigned" else {}),
        **(_joined(to, event) if kind == "merged" else {}),
    }


def _joined(to: Person, event: TicketEvent) -> dict[str, Any]:
    """Where a merged request goes on, as far as its reader may look there."""
    target = goes_on_for(event.ticket, to)
    if target is None:
        return {"into": event.facts["into"]}
    is_shared = target.requester_id != to.pk
    url = f"{settings.PUBLIC_URL}{target.get_absolute_url()}"
    return {"into": target.number, "url": url, "is_shared": is_shared}


def _moments(kind: str, to: Person, ticket: Ticket, now: datetime) -> dict[str, str]:
    """The promises that a mail of this kind tells, each asked for only where it is told."""
    if kind == "acknowledgement":
        return {
            "promise": wording.moment(ticket.promised_at, to, now),
            "opens": wording.opening_awaited(ticket, to, now),
            "eased": wording.eased(ticket, to, now),
        }
    if kind == "resolved":
        return {"closes": wording.moment(ticket.closes_at, to, now)}
    if kind == "moved":
        return {"promise": wording.next_answer(ticket, to, now)}
    if kind == "assigned":
        return {"promise": wording.moment(ticket.next_due_at, to, now)}
    return {}


def _split(event: TicketEvent) -> dict[str, Any]:
    """Of what request this one was split off; its promise counts from then, and may have passed."""
    if "split_from" not in event.facts:
        return {}
    promised = event.ticket.promised_at
    past = {"promise": ""} if promised is not None and promised <= event.recorded_at else {}
    return {"split_from": event.facts["split_from"], **past}


def _excerpt(ticket: Ticket) -> str:
    """The beginning of the request, for the agent who gets it; confidential ones stay inside."""
    if ticket.is_confidential:
        return ""
    first = ticket.messages.filter(kind=Message.Kind.PUBLIC).values_list("body", flat=True).first()
    body = first or ""
    return body if len(body) <= EXCERPT else f"{body[:EXCERPT].rstrip()}…"


def _plain(kind: str, words: dict[str, Any]) -> str:
    text = render_to_string(f"mail/{kind}.txt", words)
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def _rich(kind: str, words: dict[str, Any]) -> str:
    page = render_to_string(f"mail/{kind}.html", {"blanks": BLANKS, **words})
    return _BLANK_LINES.sub("\n", page).strip() + "\n"


def _from(ticket: Ticket, said: TicketEvent | None, mailbox: Mailbox | None) -> str:
    """The desk's address; where a person wrote, their name stands before the desk's."""
    address = mailbox.address if mailbox else settings.DEFAULT_FROM_EMAIL
    name = mailbox.name if mailbox else ticket.desk.name
    if said is not None and said.actor is not None and said.kind == "ticket.replied":
        name = f"{said.actor.name} ({name})"
    return sender_line(name, address)


def sender_line(name: str, address: str) -> str:
    return f'"{quote(wording.one_line(name))}" <{address}>'


def _headers(
    kind: str,
    to: Person,
    ticket: Ticket,
    mailbox: Mailbox | None,
    mail_id: str,
    *,
    is_written: bool,
    earlier: Sequence[str],
) -> dict[str, str]:
    address = mailbox.address if mailbox else settings.DEFAULT_FROM_EMAIL
    headers = {
        "Message-ID": mail_id,
        "Reply-To": keyed.reply_address(address, ticket.pk, to.pk),
        "List-Id": list_id(ticket.desk),
        "X-Auto-Response-Suppress": "All",
        LOOP_HEADER: settings.MAIL_DOMAIN,
        "Content-Language": to.language,
        **unsubscribe.headers(to, pace.topic_of(kind, to, ticket)),
    }
    if ticket.is_confidential:
        headers[SENSITIVITY] = "Company-Confidential"
    if kind == "acknowledgement":
        headers["Auto-Submitted"] = "auto-replied"
    elif not (kind in WRITTEN_BY_PEOPLE and is_written):
        headers["Auto-Submitted"] = "auto-generated"
    if kind == pages.CALL:
        headers |= pages.URGENT_HEADERS
    if earlier:
        headers["In-Reply-To"] = earlier[-1]
        headers["References"] = " ".join(dict.fromkeys([earlier[0], *earlier[-REFERENCES_MAX:]]))
    return headers


def list_id(desk: Department) -> str:
    """RFC 2919: the desk's name, and an identifier that stays."""
    return f'"{quote(wording.one_line(desk.name))}" <{desk.slug}.helpdesk.{settings.MAIL_DOMAIN}>'


def _asked_by(event: TicketEvent) -> Sequence[str]:
    """The Message-ID of the letter by which somebody asked, if they did by letter."""
    if event.message is None or event.message.channel != Channel.MAIL:
        return []
    if letter := letter_of(event):
        return [letter.mail_id] if letter.mail_id else []
    asked = InboundMail.objects.filter(message=event.message).exclude(mail_id="")
    return list(asked.values_list("mail_id", flat=True))


def _earlier_ids(kind: str, event: TicketEvent, to: Person) -> Sequence[str]:
    """Message-IDs of this conversation that this reader's mail program knows, oldest first.

    An acknowledgement comes before all others: it answers the letter that asked, if one did.
    """
    ticket = event.ticket
    if kind == pace.ACKNOWLEDGEMENT:
        return _asked_by(event) if event.actor_id == to.pk else []
    ours = OutboundMail.objects.filter(ticket=ticket, person=to).values_list("made_at", "mail_id")
    theirs = InboundMail.objects.filter(ticket=ticket, message__author=to).exclude(mail_id="")
    known = [*ours, *theirs.values_list("received_at", "mail_id")]
    return [mail_id for _at, mail_id in sorted(known)]
