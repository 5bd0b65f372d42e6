"""One mail of every kind about one ticket, for tests that look at all of them."""

from datetime import timedelta
from typing import Any

from departments.models import Person
from tests.cast import Company
from tests.conftest import MONDAY
from tickets.events import Kind
from tickets.mail import compose, digest, too_large
from tickets.mail.letter import Letter
from tickets.models import (
    DigestLine,
    GapWarning,
    InboundMail,
    Mailbox,
    Message,
    Page,
    PageCall,
    Slip,
    State,
    Ticket,
    TicketEvent,
)

ID = "<1.2.3@aldera.example>"
SOON, PASSED = MONDAY + timedelta(hours=3), MONDAY - timedelta(hours=1)


def mails_about(
    ticket: Ticket,
    agent: Person,
    company: Company,
    *,
    said: Message | None = None,
    **requester: Any,
) -> dict[str, compose.Composed]:
    """Every mail that may be written about this ticket, by its kind."""
    agent, ticket.requester = fresh(agent), fresh(ticket.requester, **requester)
    if said is not None:
        said = Message.objects.get(pk=said.pk)
    written: dict[str, compose.Composed] = {}
    for kind, (to, what, facts) in occasions(ticket, agent, fresh(company.olga)).items():
        event = TicketEvent(ticket=ticket, kind=what, actor=agent, at=SOON, facts=facts)
        if kind in compose.WRITTEN_BY_PEOPLE:
            event.message = said
        written[kind] = compose.compose(kind, to=to, event=event, mail_id=ID)
    written["password_reset"] = compose.compose_account(
        "password_reset", to=ticket.requester, url="http://x/accounts/key/1-a/", mail_id=ID
    )
    gap = GapWarning(desk=ticket.desk, layer_name="Line 1", starts_at=SOON, ends_at=SOON)
    written["rota_gaps"] = compose.compose_gaps([gap], to=agent, at=MONDAY, mail_id=ID)
    line = DigestLine(person=ticket.requester, event=ticket.events.earliest("pk"), made_at=MONDAY)
    written["digest"] = digest.compose_digest([line], ticket.requester, "key")
    row = InboundMail(mailbox=Mailbox.objects.get(address="it@aldera.example"))
    written["too_large"] = too_large.compose_too_large(
        row, Letter(subject="Film"), to=ticket.requester, mail_id=ID
    )
    return written


def fresh(person: Person, **fields: Any) -> Person:
    found = Person.objects.get(pk=person.pk)
    for name, value in fields.items():
        setattr(found, name, value)
    return found


def occasions(
    ticket: Ticket, agent: Person, guest: Person
) -> dict[str, tuple[Person, str, dict[str, Any]]]:
    """To whom each kind goes, after which event with which facts."""
    slip, call = rows_for(ticket, agent)
    clock, asks = {"clock": slip.clock.kind}, ticket.requester
    passed = {"passed": PASSED.isoformat()}
    return {
        "acknowledgement": (asks, Kind.OPENED, {}),
        "reply": (asks, Kind.REPLIED, {"state": State.WAITING_REQUESTER}),
        "resolved": (asks, Kind.REPLIED, {"state": State.RESOLVED}),
        "waiting": (asks, Kind.WAITING, {"state": State.SCHEDULED, "until": SOON.isoformat()}),
        "moved": (asks, Kind.MOVED, {}),
        "reminder": (asks, Kind.REMINDED, {"lapses_at": SOON.isoformat()}),
        "merged": (asks, Kind.MERGED, {"into": "IT-9"}),
        "unmerged": (asks, Kind.UNMERGED, {"into": "IT-9"}),
        "late": (asks, Kind.PROMISE_SLIPPED, passed),
        "renewed": (
            asks,
            Kind.PROMISE_RENEWED,
            {
                "moment": SOON.isoformat(),
                "was": PASSED.isoformat(),
                "is_late": True,
                "reason": "R.",
            },
        ),
        "page_answered": (asks, Kind.PAGE_ACKNOWLEDGED, {}),
        "added": (guest, Kind.PARTICIPANT_ADDED, {"person_id": guest.pk}),
        "assigned": (agent, Kind.ASSIGNED, {}),
        "asked": (agent, Kind.PROMISE_ASKED, {"slip": slip.pk, **clock, **passed}),
        "escalated": (
            agent,
            Kind.CLOCK_ESCALATED,
            {**clock, "due_at": SOON.isoformat(), "text": "Please look."},
        ),
        "page": (agent, Kind.PAGED, {"call": call.pk}),
        "page_unanswered": (agent, Kind.PAGE_UNANSWERED, {"page": call.page_id}),
    }


def rows_for(ticket: Ticket, agent: Person) -> tuple[Slip, PageCall]:
    """What some of the mails look up."""
    clock = ticket.clocks.earliest("pk")
    slip, _new = Slip.objects.get_or_create(
        ticket=ticket, clock=clock, slipped_at=PASSED, defaults={"tell_at": SOON}
    )
    page, _new = Page.objects.get_or_create(
        ticket=ticket, desk=ticket.desk, why=Page.Why.ESCALATION, reason="Canary-reason"
    )
    call, _new = PageCall.objects.get_or_create(
        page=page, person=agent, round=1, layer=1, layer_name="Line 1"
    )
    return slip, call
