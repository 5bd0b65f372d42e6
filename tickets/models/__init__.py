"""What people asked, what was done, and what follows from it."""

from tickets.models.clock import Clock, ClockState
from tickets.models.event import ActorKind, FailedReaction, TicketEvent
from tickets.models.mailbox import InboundMail, Mailbox
from tickets.models.message import Attachment, Channel, Draft, Message
from tickets.models.notification import Notification, OutboundMail
from tickets.models.ticket import Outcome, Participant, RequestKey, State, Ticket, TicketAlias

__all__ = [
    "ActorKind",
    "Attachment",
    "Channel",
    "Clock",
    "ClockState",
    "Draft",
    "FailedReaction",
    "InboundMail",
    "Mailbox",
    "Message",
    "Notification",
    "OutboundMail",
    "Outcome",
    "Participant",
    "RequestKey",
    "State",
    "Ticket",
    "TicketAlias",
    "TicketEvent",
]
