"""Mails a second: raw bytes to a stored ticket with its confirmation queued, few or many stored."""

import argparse
import json
import random
import struct
import sys
import time as clock
import zlib
from contextlib import nullcontext
from datetime import time
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import CharField, DateTimeField, Max
from django.db.models.functions import Cast

import bench._own_database  # noqa: F401 (first: it sets Django up)
from departments.actions import timing
from departments.calendar_rules import CalendarRules
from departments.models import Department, Installation, Person, Priority, Service, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from helpdesk.lib.background import quietly
from tickets import tasks
from tickets.mail import keyed, receive
from tickets.mail.apart import parse
from tickets.models import (
    Clock,
    InboundMail,
    Mailbox,
    Message,
    OutboundMail,
    Ticket,
    TicketEvent,
)

PEOPLE = 20_000
PATTERNS = 250  # Letters that the product itself takes in; the stored ones are their copies.
EVERY_HTML, EVERY_PICTURE, EVERY_REPLY = 3, 10, 5
PICTURE_BYTES = 20_000
YEARS = 3  # Over which the stored letters came.
GOALS = {"statements": 10, "cpu_ms": 4}
# What refers to another copied row, refers to the copy of that row.
COPIED: tuple[type[models.Model], ...] = (
    Ticket, Message, TicketEvent, Clock, InboundMail, OutboundMail,
)  # fmt: skip
OWN_IN_EACH_COPY = {"number", "mail_id", "digest", "key"}
WORDS = [
    *("the", "printer", "on", "our", "floor", "prints", "only", "half", "of", "each", "page"),
    *("since", "this", "morning", "and", "nobody", "knows", "why", "could", "you", "please"),
    *("have", "a", "look", "today", "because", "we", "need", "the", "papers", "for", "a"),
    *("meeting", "with", "customers", "thank", "very", "much", "best", "regards", "everybody"),
]
Letter = tuple[bytes, bool]  # And whether it is a reply.


# --- Letters --------------------------------------------------------------------------------------


def picture(chance: random.Random) -> bytes:
    """A PNG of noise, so that nothing can make it smaller."""
    rows = PICTURE_BYTES // 241
    noise = b"".join(b"\0" + chance.randbytes(240) for _row in range(rows))

    def chunk(kind: bytes, content: bytes) -> bytes:
        mark = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + mark

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 80, rows, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(noise, 0))


def letter(number: int, chance: random.Random, answers: Ticket | None = None) -> bytes:
    """Every third has an HTML alternative, every tenth a picture."""
    mail = EmailMessage()
    mail["Received"] = f"from mx{number}.example.com by mail.example.com; Mon, 2 Mar 2026 09:00:00"
    mail["Message-ID"] = make_msgid(domain="example.com")
    subject = " ".join(chance.choices(WORDS, k=6)).capitalize()
    if answers is None:
        mail["From"] = f"Person {number} <person{number % PEOPLE}@example.com>"
        mail["To"], mail["Subject"] = "it@example.com", subject
    else:
        whose = (answers.pk, answers.requester_id)
        mail["From"] = answers.requester.email
        mail["To"] = keyed.reply_address("it@example.com", *whose)
        mail["Subject"] = f"Re: [{answers.number}] {answers.summary}"
        mail["In-Reply-To"] = keyed.message_id(*whose, f"ack:{answers.pk}")
    words = [" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _line in range(9)]
    mail.set_content("\n\n".join(words))
    if number % EVERY_HTML == 0:
        html = "".join(f"<p style='margin:0'><span>{line}</span></p>" for line in words)
        mail.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    if number % EVERY_PICTURE == 0:
        content = picture(chance)
        mail.add_attachment(content, maintype="image", subtype="png", filename="screen.png")
    return mail.as_bytes()


def letters(first: int, count: int, chance: random.Random) -> list[Letter]:
    """Every fifth is its requester's reply on a ticket of today; those are the patterns."""
    today = list(Ticket.objects.filter(pk__lte=PATTERNS).select_related("requester").order_by("pk"))
    found = []
    for number in range(first, first + count):
        is_reply = bool(today) and number % EVERY_REPLY == EVERY_REPLY - 1
        answers = chance.choice(today) if is_reply else None
        found.append((letter(number, chance, answers), is_reply))
    return found


# --- Rows -----------------------------------------------------------------------------------------


def found_company() -> Mailbox:
    week = {day: ((time(9), time(17)),) for day in range(5)}
    targets = (
        TargetRule(Priority.NORMAL, TargetKind.FIRST_RESPONSE, 240),
        TargetRule(Priority.NORMAL, TargetKind.NEXT_RESPONSE, 480),
        TargetRule(Priority.NORMAL, TargetKind.RESOLUTION, 1440),
    )
    calendar = timing.found_calendar("Office", CalendarRules("Europe/Istanbul", week))
    policy = timing.found_policy("Standard", PromiseRules(targets))
    desk = Department.objects.create(name="IT", slug="it", prefix="IT")
    service = Service.objects.create(name="Printer", department=desk)
    Installation.objects.create(pk=1, calendar=calendar, sla_policy=policy, triage=desk)
    languages = ["en", "de", "tr", "ro", "ja"]
    Person.objects.bulk_create(
        Person(
            email=f"person{number}@example.com",
            name=f"Person {number}",
            language=languages[number % len(languages)],
            time_zone="Europe/Istanbul",
        )
        for number in range(PEOPLE)
    )
    return Mailbox.objects.create(address="it@example.com", name="IT", desk=desk, service=service)


def value_of(field: Any, size: dict[Any, int], seconds: str) -> str:
    """The SQL of a column in copy n: other people wrote it, so many seconds earlier."""
    column = str(field.column)
    if field.primary_key or field.related_model in size:
        return f"{column} + n * {size[field.related_model or field.model]}"
    if field.related_model is Person:
        return f"({column} + n * {PATTERNS}) % {PEOPLE} + 1"
    if column in OWN_IN_EACH_COPY and isinstance(field, CharField):
        return f"{column} || '-' || n"
    if not isinstance(field, DateTimeField):
        return column
    if connection.vendor == "postgresql":
        return f"{column} - ({seconds}) * interval '1 second'"
    return f"strftime('%Y-%m-%d %H:%M:%S', {column}, '-' || ({seconds}) || ' seconds')"


def multiply(size: dict[Any, int], stored: int) -> None:
    """Copy the patterns until so many messages are there."""
    newest = {
        model: model._default_manager.aggregate(newest=Max("pk"))["newest"] for model in COPIED
    }
    first = max(newest[model] // size[model] for model in COPIED) + 1
    last = first + (stored - Message.objects.count()) // PATTERNS - 1
    seconds = f"86400 + n * {YEARS * 365 * 86_400 // max(stored // PATTERNS, 1)}"
    for model in COPIED:
        fields = list(model._meta.concrete_fields)
        columns = ", ".join(str(field.column) for field in fields)
        values = ", ".join(value_of(field, size, seconds) for field in fields)
        # Names of our own columns and numbers of our own.
        execute(
            f"WITH RECURSIVE series(n) AS "
            f"(SELECT {first} UNION ALL SELECT n + 1 FROM series WHERE n < {last}) "
            f"INSERT INTO {model._meta.db_table} ({columns}) "
            f"SELECT {values} FROM series, {model._meta.db_table} WHERE id <= {size[model]}"
        )
    for statement in connection.ops.sequence_reset_sql(no_style(), list(COPIED)):
        execute(statement)
    execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def found_patterns(mailbox: Mailbox, chance: random.Random) -> dict[Any, int]:
    """Letters that the product takes in; returns how many rows of each kind came of them."""
    with quietly():
        for raw, _is_reply in letters(0, PATTERNS, chance):
            take(mailbox, raw)
    # What stands in stored letters is not read again: a little of it is enough.
    InboundMail.objects.update(raw=b"Subject: x\r\n\r\nwords", digest=Cast("pk", CharField()))
    OutboundMail.objects.update(text="We have it.", html="<p>We have it.</p>", state="sent")
    Message.objects.update(html="<p>words</p>", rest="")
    return {model: model._default_manager.aggregate(newest=Max("pk"))["newest"] for model in COPIED}


# --- Measurements ---------------------------------------------------------------------------------


class Statements:
    """Counts what is sent to the database, but for the borders of transactions."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK"))
        return execute(sql, params, many, context)


def take(mailbox: Mailbox, raw: bytes) -> InboundMail:
    """What the gateway does with one letter, and then the worker that it nudges."""
    row = receive.store(mailbox, raw, "person@example.com", mailbox.address)
    tasks.take_in(row.pk)
    return row


def server_seconds() -> float | None:
    """CPU of the database's process for this connection, where it runs on this machine."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        place = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not place.exists():
        return None
    user, system = place.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / 100


def run(mailbox: Mailbox, post: list[Letter], *, nudges: bool) -> dict[str, Any]:
    """Take these letters in, one after the other."""
    told = {True: 0, False: 0}
    before, begin, cpu = server_seconds(), clock.perf_counter(), clock.process_time()
    with nullcontext() if nudges else quietly():
        for raw, is_reply in post:
            statements = Statements()
            with connection.execute_wrapper(statements):
                take(mailbox, raw)
            told[is_reply] += statements.count
    cpu, seconds = clock.process_time() - cpu, clock.perf_counter() - begin
    after, replies = server_seconds(), sum(is_reply for _raw, is_reply in post)
    return {
        "statements_new": round(told[False] / (len(post) - replies), 2),
        "statements_reply": round(told[True] / replies, 2),
        "statements": round(sum(told.values()) / len(post), 2),
        "cpu_ms": round(1000 * cpu / len(post), 2),
        "server_cpu_ms": None
        if before is None or after is None
        else round(1000 * (after - before) / len(post), 2),
        "mails_per_second": round(len(post) / seconds, 1),
    }


def parse_ms(post: list[Letter]) -> float:
    cpu = clock.process_time()
    for raw, _is_reply in post:
        parse(raw)
    return round(1000 * (clock.process_time() - cpu) / len(post), 2)


def measure(mailbox: Mailbox, messages: int, first: int, chance: random.Random) -> dict[str, Any]:
    post = letters(first, messages, chance)
    spare = letters(first + messages, messages, chance)
    newest = InboundMail.objects.aggregate(newest=Max("pk"))["newest"]
    acknowledged = OutboundMail.objects.count()
    figures = run(mailbox, post, nudges=False)
    nudged = run(mailbox, spare, nudges=True)
    came = InboundMail.objects.filter(pk__gt=newest)
    expected = sum(not is_reply for _raw, is_reply in post + spare)
    opened = came.filter(outcome=InboundMail.Outcome.TICKET).count()
    return {
        "stored": Message.objects.count() - 2 * messages,
        **figures,
        "cpu_ms_with_nudges": nudged["cpu_ms"],
        "parse_ms": parse_ms(post),
        "bytes": sum(len(raw) for raw, _is_reply in post) // messages,
        "as_expected": opened == expected == OutboundMail.objects.count() - acknowledged
        and came.filter(outcome=InboundMail.Outcome.REPLY).count() == 2 * messages - expected,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench mail", description=__doc__)
    parser.add_argument("--messages", type=int, default=300, help="letters measured at each size")
    parser.add_argument("--stored", default="10000,1000000", help="stored messages, sizes")
    wanted = parser.parse_args()
    chance, begin = random.Random(7), clock.perf_counter()
    mailbox = found_company()
    size = found_patterns(mailbox, chance)
    sizes = []
    for place, stored in enumerate(sorted(map(int, wanted.stored.split(",")))):
        multiply(size, stored)
        built = round(clock.perf_counter() - begin)
        figures = measure(mailbox, wanted.messages, (place + 1) * 5_000, chance)
        print(f"{stored:,} stored ({built} s): {figures}")
        sizes.append(figures)
    result = {
        "database": connection.vendor,
        "messages": wanted.messages,
        "sizes": sizes,
        "growth": round(sizes[-1]["cpu_ms"] / sizes[0]["cpu_ms"], 2),
        "goals_reached": {
            name: all(one[name] <= goal for one in sizes) for name, goal in GOALS.items()
        },
    }
    print(json.dumps(result))
    return 0 if all(one["as_expected"] for one in sizes) else 1


if __name__ == "__main__":
    sys.exit(main())
