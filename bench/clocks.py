"""The sweep with a million running clocks: nothing due, then ten thousand missed at once."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time as clock
from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import DateTimeField
from django.test.utils import CaptureQueriesContext

import bench._own_database  # noqa: F401 (first: it sets Django up)
from departments.actions import timing
from departments.calendar_rules import CalendarRules
from departments.models import Department, Installation, Person, Priority, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from helpdesk.lib.background import quietly
from tickets import actions
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Clock, Ticket, TicketEvent

PATTERNS = 1000  # Tickets opened by the product itself; the others are copies, some seconds later.
CLOCKS_EACH = 2  # First answer and solution.
ZONE = ZoneInfo("Europe/Istanbul")
OPENED = datetime(2026, 3, 10, 9, tzinfo=ZONE)  # A Tuesday, when the desk opens.
NOON = datetime(2026, 3, 10, 11, 59, tzinfo=ZONE)  # The first warning would be at twelve.
GOALS = {"idle_ms": 50, "due_seconds": 60}
IDLE_ROUNDS = 30
DAY = 86_400


# --- Rows -----------------------------------------------------------------------------------------


def found_patterns() -> None:
    """A company, and tickets that wait for their first answer, ten seconds apart."""
    week = {day: ((time(9), time(17)),) for day in range(5)}
    targets = (
        TargetRule(Priority.NORMAL, TargetKind.FIRST_RESPONSE, 240),
        TargetRule(Priority.NORMAL, TargetKind.RESOLUTION, 1440),
    )
    calendar = timing.found_calendar("Office", CalendarRules(ZONE.key, week))
    policy = timing.found_policy("Standard", PromiseRules(targets))
    desk = Department.objects.create(name="IT", slug="it", prefix="IT")
    Installation.objects.create(pk=1, calendar=calendar, sla_policy=policy, triage=desk)
    asker = Person.objects.create(email="elif@example.com", name="Elif Yıldız")
    with quietly():
        for number in range(PATTERNS):
            request = actions.Request(summary="It does not charge", body="No light.", desk=desk)
            at = OPENED + timedelta(seconds=10 * number)
            actions.open_ticket(request, requester=asker, at=at)
    TicketEvent.objects.update(reacted_at=NOON, message=None)


def shifted(column: str, seconds: str) -> str:
    """The SQL of an instant so many seconds later."""
    if connection.vendor == "postgresql":
        return f"{column} + ({seconds}) * interval '1 second'"
    return f"strftime('%Y-%m-%d %H:%M:%S', {column}, ({seconds}) || ' seconds')"


def multiply(model: type[models.Model], copies: int, each: int, **more: str) -> None:
    """Copy the pattern rows; `each` of them belong to one pattern ticket."""
    size = PATTERNS * each
    special = {"id": f"id + n * {size}", "ticket_id": f"ticket_id + n * {PATTERNS}", **more}
    columns, values = [], []
    for field in model._meta.concrete_fields:
        column = str(field.column)
        plain = shifted(column, "n") if isinstance(field, DateTimeField) else column
        columns.append(column)
        values.append(special.get(column, plain))
    # Names of our own columns and numbers of our own.
    execute(
        f"WITH RECURSIVE series(n) AS "
        f"(SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {copies}) "
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {model._meta.db_table}, series WHERE id <= {size}"
    )


def make_late(tickets: int) -> None:
    """Let the last of the tickets be a day older: their first answers were due yesterday."""
    first = Ticket.objects.order_by("-pk").values_list("pk", flat=True)[tickets - 1]
    for model in (Ticket, Clock, TicketEvent):
        whose = "id" if model is Ticket else "ticket_id"
        instants = [f for f in model._meta.concrete_fields if isinstance(f, DateTimeField)]
        older = [f"{f.column} = {shifted(str(f.column), str(-DAY))}" for f in instants]
        execute(f"UPDATE {model._meta.db_table} SET {', '.join(older)} WHERE {whose} >= {first}")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def build(clocks: int, due: int) -> None:
    found_patterns()
    copies = clocks // (CLOCKS_EACH * PATTERNS) - 1
    if copies > 0:
        multiply(Ticket, copies, 1, number="number || '-' || n")
        multiply(Clock, copies, CLOCKS_EACH)
        multiply(TicketEvent, copies, 1)
    make_late(due)
    for statement in connection.ops.sequence_reset_sql(no_style(), [Ticket, Clock, TicketEvent]):
        execute(statement)
    execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


# --- Measurements ---------------------------------------------------------------------------------


def idle() -> dict[str, float]:
    """Milliseconds of a sweep that finds nothing, as it is and by statements."""
    before_all = OPENED - timedelta(days=2)
    milliseconds = []
    for _round in range(IDLE_ROUNDS):
        begin = clock.perf_counter()
        found = timekeeping.sweep(now=before_all)
        milliseconds.append((clock.perf_counter() - begin) * 1000)
        assert found == 0
    with CaptureQueriesContext(connection) as asked:
        timekeeping.sweep(now=before_all)
    return {
        "idle_first_ms": round(milliseconds[0], 2),
        "idle_ms": round(statistics.median(milliseconds), 2),
        "idle_worst_ms": round(max(milliseconds), 2),
        "idle_statements": len(asked),
    }


def work() -> None:
    """One worker: says that it is there, waits for the sign, sweeps until nothing is due."""
    timekeeping.sweep(now=OPENED - timedelta(days=2))
    print("ready", flush=True)
    sys.stdin.readline()
    begin, cpu, done = clock.perf_counter(), clock.process_time(), 0
    while found := timekeeping.sweep(now=NOON, seconds=600):
        done += found
    cpu = clock.process_time() - cpu
    print(json.dumps({"done": done, "seconds": clock.perf_counter() - begin, "cpu": cpu}))


def work_off(workers: int, due: int) -> dict[str, object]:
    """Seconds until so many workers, begun at once, have worked off what is due."""
    command = [sys.executable, "-m", "bench.clocks", "--worker"]
    running = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
        )
        for _number in range(workers)
    ]
    for worker in running:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    begin = clock.perf_counter()
    for worker in running:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [json.loads(worker.communicate()[0]) for worker in running]
    seconds = clock.perf_counter() - begin
    told = Counter(
        TicketEvent.objects.filter(kind=Kind.CLOCK_BREACHED).values_list("ticket", flat=True)
    )
    return {
        "due_seconds": round(seconds, 1),
        "due_per_second": round(due / seconds),
        "by_worker": [one["done"] for one in said],
        "cpu_ms_each": round(1000 * sum(one["cpu"] for one in said) / due, 2),
        "told": len(told),
        "told_twice": sum(times > 1 for times in told.values()),
        "left": timekeeping.due_breaches(NOON).count(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench clocks", description=__doc__)
    parser.add_argument("--clocks", type=int, default=1_000_000, help="running clocks")
    parser.add_argument("--due", type=int, default=10_000, help="missed at once")
    parser.add_argument("--workers", type=int, default=2, help="processes that work them off")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.worker:
        work()
        return 0
    begin = clock.perf_counter()
    build(wanted.clocks, wanted.due)
    built = round(clock.perf_counter() - begin)
    print(f"{Clock.objects.filter(due_at__isnull=False).count():,} clocks in {built} s")
    waiting = idle()
    print(f"nothing due: {waiting['idle_ms']} ms, {waiting['idle_statements']} statements")
    worked = work_off(wanted.workers, wanted.due)
    print(f"{wanted.due:,} missed at once, {wanted.workers} workers: {worked['due_seconds']} s")
    result = {
        "database": connection.vendor,
        "clocks": Clock.objects.count(),
        "due": wanted.due,
        "workers": wanted.workers,
        "built_seconds": built,
        **waiting,
        **worked,
    }
    result["goals_reached"] = {name: result[name] <= goal for name, goal in GOALS.items()}
    print(json.dumps(result))
    return 0 if (worked["told"], worked["told_twice"], worked["left"]) == (wanted.due, 0, 0) else 1


if __name__ == "__main__":
    sys.exit(main())
