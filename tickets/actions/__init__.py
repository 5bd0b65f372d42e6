"""The verbs of tickets: the only way a row here changes because somebody wanted it."""

from tickets.actions.answering import mark_workaround, waive_answer
from tickets.actions.closing import close, confirm, reopen, resolve, withdraw
from tickets.actions.conversation import note, reply, save_draft
from tickets.actions.files import discard_file, keep_file
from tickets.actions.merging import merge, unmerge
from tickets.actions.opening import Request, open_ticket
from tickets.actions.promising import renew_promise
from tickets.actions.reading import mark_all_read, mark_read
from tickets.actions.routing import (
    add_participant,
    assign,
    change_category,
    change_priority,
    move,
    remove_participant,
    set_state,
)
from tickets.actions.snoozing import snooze

__all__ = [
    "Request",
    "add_participant",
    "assign",
    "change_category",
    "change_priority",
    "close",
    "confirm",
    "discard_file",
    "keep_file",
    "mark_all_read",
    "mark_read",
    "mark_workaround",
    "merge",
    "move",
    "note",
    "open_ticket",
    "remove_participant",
    "renew_promise",
    "reopen",
    "reply",
    "resolve",
    "save_draft",
    "set_state",
    "snooze",
    "unmerge",
    "waive_answer",
    "withdraw",
]
