"""The verbs of tickets: the only way a row here changes because somebody wanted it."""

from tickets.actions.answering import mark_workaround, waive_answer
from tickets.actions.closing import close, confirm, reopen, resolve, withdraw
from tickets.actions.conversation import note, reply, save_draft
from tickets.actions.files import discard_file, keep_file, remember_files, written
from tickets.actions.merging import merge, unmerge
from tickets.actions.opening import Request, open_by_letter, open_ticket
from tickets.actions.promising import renew_promise
from tickets.actions.reading import mark_all_read, mark_read
from tickets.actions.regrouping import move_back, move_message
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
from tickets.actions.spam import clear_spam, mark_spam
from tickets.actions.splitting import split

__all__ = [
    "Request",
    "add_participant",
    "assign",
    "change_category",
    "change_priority",
    "clear_spam",
    "close",
    "confirm",
    "discard_file",
    "keep_file",
    "mark_all_read",
    "mark_read",
    "mark_spam",
    "mark_workaround",
    "merge",
    "move",
    "move_back",
    "move_message",
    "note",
    "open_by_letter",
    "open_ticket",
    "remember_files",
    "remove_participant",
    "renew_promise",
    "reopen",
    "reply",
    "resolve",
    "save_draft",
    "set_state",
    "snooze",
    "split",
    "unmerge",
    "waive_answer",
    "withdraw",
    "written",
]
