"""Where stories happen: every deed in the order of time, through the actions of the product."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db.models import F

from departments.models import Department, Person, Priority, Service
from helpdesk.demo.pictures import port
from tickets import actions, events
from tickets.actions import timekeeping
from tickets.models import Channel, Notification, OutboundMail, Outcome, State, Ticket, TicketEvent
from tickets.reactions import following
from tickets.reactions.acknowledge import acknowledge
from tickets.reactions.notify import mail_people, notify
from tickets.reactions.running import load
from tickets.reactions.slips import notice_slips, tell_of_slip

# Who was asked longer ago than this was told long ago: no mail is written for it any more.
TOLD = timedelta(days=3)
READ = timedelta(days=2)
# What is planned for a date is planned for this much later.
PUT_OFF = timedelta(days=5)


@dataclass(frozen=True)
class Deed:
    """Somebody does something with a ticket."""

    at: datetime
    verb: str
    by: Person
    words: str = ""
    whom: Person | None = None
    desk: Department | None = None
    service: Service | None = None
    channel: str = Channel.WEB


@dataclass
class Case:
    """A request and what will become of it; `number` is wished for, where it matters."""

    request: actions.Request
    requester: Person
    opened_at: datetime
    deeds: list[Deed] = field(default_factory=list)
    filed_by: Person | None = None
    picture: str = ""
    number: int = 0

    @property
    def last_at(self) -> datetime:
        return self.deeds[-1].at if self.deeds else self.opened_at


def _say(ticket: Ticket, deed: Deed, then: State | None = None) -> None:
    actions.reply(ticket, by=deed.by, body=deed.words, at=deed.at, channel=deed.channel, then=then)


def _move(ticket: Ticket, deed: Deed) -> None:
    assert deed.desk is not None
    actions.move(ticket, to=deed.desk, service=deed.service, by=deed.by, at=deed.at)


def _add(ticket: Ticket, deed: Deed) -> None:
    assert deed.whom is not None
    actions.add_participant(ticket, person=deed.whom, by=deed.by, at=deed.at)


VERBS: dict[str, Callable[[Ticket, Deed], object]] = {
    "answer": _say,
    "ask": lambda t, d: _say(t, d, State.WAITING_REQUESTER),
    "solve": lambda t, d: _say(t, d, State.RESOLVED),
    "note": lambda t, d: actions.note(t, by=d.by, body=d.words, at=d.at),
    "take": lambda t, d: actions.assign(t, to=d.by, by=d.by, at=d.at),
    "give": lambda t, d: actions.assign(t, to=d.whom, by=d.by, at=d.at),
    "add": _add,
    "move": _move,
    "raise": lambda t, d: actions.change_priority(t, Priority.HIGH, by=d.by, at=d.at),
    "confirm": lambda t, d: actions.confirm(t, by=d.by, at=d.at),
    "withdraw": lambda t, d: actions.withdraw(t, by=d.by, at=d.at),
    "decline": lambda t, d: actions.close(t, by=d.by, outcome=Outcome.DECLINED, at=d.at),
    State.OPEN.value: lambda t, d: actions.set_state(t, State.OPEN, by=d.by, at=d.at),
    State.SCHEDULED.value: lambda t, d: actions.snooze(
        t, until=d.at + PUT_OFF, by=d.by, requester_asked=True, at=d.at
    ),
}


def perform(ticket: Ticket, deed: Deed) -> None:
    if deed.verb not in VERBS:
        actions.set_state(ticket, State(deed.verb), by=deed.by, at=deed.at)
    else:
        VERBS[deed.verb](ticket, deed)


def play(cases: Iterable[Case], *, now: datetime) -> None:
    """Let everything happen, oldest first; then let time do its part until `now`."""
    aftermath = Aftermath(now - TOLD)
    tickets: dict[int, Ticket] = {}
    for at, place, step, case in _in_order(cases):
        if step == 0:
            tickets[place] = _open(case)
            if at < aftermath.since:
                _confirm_by_mail(tickets[place])
        else:
            perform(tickets[place], case.deeds[step - 1])
        aftermath.follow(at)
    for _echo in range(2):  # What time does has consequences, and time goes over those too.
        while timekeeping.sweep(now=now):
            pass
        aftermath.follow(now)
    _put_away(now)


def _in_order(cases: Iterable[Case]) -> list[tuple[datetime, int, int, Case]]:
    happening = [
        (at, place, step, case)
        for place, case in enumerate(cases)
        for step, at in enumerate([case.opened_at, *(deed.at for deed in case.deeds)])
    ]
    return sorted(happening, key=lambda one: one[:3])


def _open(case: Case) -> Ticket:
    request = case.request
    if case.picture:
        content = port()
        kept = actions.keep_file(
            ContentFile(content), name=case.picture, type="image/png", by=case.requester
        )
        request = actions.Request(**{**vars(request), "files": [kept]})
    return actions.open_ticket(
        request, requester=case.requester, by=case.filed_by, at=case.opened_at
    )


def _confirm_by_mail(ticket: Ticket) -> None:
    """The acknowledgement of long ago: its line in the log, without a mail."""
    events.record(ticket, events.Kind.ACKNOWLEDGED, at=ticket.opened_at)


LEAVING_ROWS = (notice_slips, tell_of_slip, acknowledge, mail_people, notify)


class Aftermath:
    """What follows from events: told to people if it is recent, taken as told if it is not."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.seen = 0

    def follow(self, at: datetime) -> None:
        """React to the events recorded since the last time."""
        if at < self.since:
            return
        while fresh := list(
            TicketEvent.objects.filter(pk__gt=self.seen).order_by("pk").values_list("pk", "at")
        ):
            for pk, happened_at in fresh:
                if happened_at >= self.since:
                    self.react(pk)
            self.seen = fresh[-1][0]

    @staticmethod
    def react(pk: int) -> None:
        """The reactions that leave rows; nobody looks at a page yet that could be updated."""
        event = load(pk)
        for reaction in following(event):
            if reaction in LEAVING_ROWS:
                reaction(event)


def _put_away(now: datetime) -> None:
    """Leave nothing to be done: reactions are done, mails are sent, old notices are read."""
    pending = TicketEvent.objects.filter(reacted_at=None)
    pending.update(reacted_at=F("at"), recorded_at=F("at"))
    OutboundMail.objects.filter(state=OutboundMail.State.QUEUED).update(
        state=OutboundMail.State.SENT, attempts=1, sent_at=F("made_at"), next_at=F("made_at")
    )
    Notification.objects.filter(made_at__lt=now - READ).update(read_at=F("made_at"))
