"""Emptying mailboxes by IMAP: stored first, then marked, then remembered, in this order.

A break at any point costs nothing: what was stored and not remembered is fetched again, known by
its bytes, and not counted twice.
"""

import logging
import threading
from datetime import date, datetime, timedelta
from enum import Enum

from django.db import DatabaseError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from tickets.mail import receive
from tickets.mail.imap import IDLE_SECONDS, Line, Unreachable, Withheld, opened
from tickets.models import MailSource

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
CLAIM = timedelta(minutes=10)
BATCH = 50  # letters after which the place is remembered
PATIENCE = 5  # failures after which a letter that the server withholds is given up


def fetch_due(now: datetime | None = None) -> int:
    """Empty every source whose turn it is and that nobody else empties; how many letters."""
    now = now or timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = MailSource.objects.filter(
        free, is_paused=False, next_at__lte=now, mailbox__is_active=True
    )
    return sum(fetch(pk, now) for pk in list(due.order_by("next_at").values_list("pk", flat=True)))


def fetch(pk: int, now: datetime | None = None) -> int:
    """Empty one source once, if nobody else does; returns how many letters were stored."""
    now = now or timezone.now()
    source = claim(pk, now)
    if source is None:
        return 0
    try:
        with opened(source) as line:
            stored = empty(line, source)
    except Unreachable as problem:
        failed(source, str(problem), now)
        return 0
    succeeded(source, now)
    return stored


def claim(pk: int, now: datetime) -> MailSource | None:
    """The source for ourselves, for ten minutes; None when somebody else has it."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    mine = MailSource.objects.filter(free, pk=pk, is_paused=False)
    if not mine.update(claimed_until=now + CLAIM):
        return None
    return MailSource.objects.select_related("mailbox__desk").get(pk=pk)


def empty(line: Line, source: MailSource) -> int:
    """Store everything that is new, oldest first.

    Another validity than before (or the very first time) makes all numbers meaningless: then
    letters are new that are unread, or that came since we last looked, and the place is
    remembered when all of them are stored. One that the server withholds does not hold up the
    others; the place stays before it until it comes, or is given up.
    """
    validity, next_uid = line.place()
    is_known = validity == source.uid_validity
    waiting = line.newer_than(source.last_uid) if is_known else line.unread(_looked_on(source))
    stored, missing = 0, 0
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        found = {uid: _store(line, source, validity, uid) for uid in batch}
        taken = [uid for uid, what in found.items() if what in {Found.NEW, Found.KNOWN}]
        if taken:
            line.put_away(taken)
        stored += sum(what == Found.NEW for what in found.values())
        missing += sum(what == Found.NOTHING for what in found.values())
        if is_known and not missing:
            _remember(source, last_uid=batch[-1])
    if missing:
        raise Withheld
    if not is_known:
        _remember(source, uid_validity=validity, last_uid=max([next_uid - 1, *waiting]))
    return stored


def _looked_on(source: MailSource) -> date | None:
    """The day before the last look: the server's days are not ours. None for the first time."""
    if source.fetched_at is None or not source.uid_validity:
        return None
    return (source.fetched_at - timedelta(days=1)).date()


class Found(Enum):
    """What came of asking for a letter."""

    NEW, KNOWN, NOTHING, GIVEN_UP = range(4)


def _store(line: Line, source: MailSource, validity: int, uid: int) -> Found:
    try:
        raw, is_large = line.raw(uid)
    except Withheld:
        if source.failures < PATIENCE:
            return Found.NOTHING
        receive.give_up(source.mailbox, validity, uid)
        return Found.GIVEN_UP
    row = receive.store_once(source.mailbox, raw, is_cut=is_large)
    return Found.KNOWN if row is None else Found.NEW


def _remember(source: MailSource, **facts: int) -> None:
    for name, value in facts.items():
        setattr(source, name, value)
    MailSource.objects.filter(pk=source.pk).update(claimed_until=timezone.now() + CLAIM, **facts)


def succeeded(source: MailSource, now: datetime) -> None:
    MailSource.objects.filter(pk=source.pk).update(
        fetched_at=now, next_at=now + EVERY, failures=0, error="", claimed_until=None
    )


def failed(source: MailSource, why: str, now: datetime) -> None:
    """Say why, and try again later and later, at most a quarter of an hour apart."""
    failures = min(source.failures + 1, 20)
    pause = min(EVERY * 2 ** (failures - 1), LONGEST_PAUSE)
    MailSource.objects.filter(pk=source.pk).update(
        failures=failures, error=why[:300], next_at=now + pause, claimed_until=None
    )
    log.warning("imap.failed source=%s failures=%s", source.pk, failures)


# --- Waiting on the line ------------------------------------------------------------------------


class Watch(threading.Thread):
    """Holds one line open and empties the source whenever the server says so."""

    def __init__(self, pk: int, stop: threading.Event) -> None:
        super().__init__(daemon=True, name=f"imap-{pk}")
        self.pk, self.stop = pk, stop

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                close_old_connections()
                pause = self.once()
            except DatabaseError as problem:
                log.warning("imap.no_database error=%s", type(problem).__name__)
                pause = 10.0
            self.stop.wait(pause)

    def once(self) -> float:
        """One line until it breaks; returns how many seconds to wait before the next."""
        source = claim(self.pk, timezone.now())
        if source is None:
            return EVERY.total_seconds()
        try:
            with opened(source) as line:
                self._hold(line, source)
        except Unreachable as problem:
            failed(source, str(problem), timezone.now())
            source.refresh_from_db()
            return max(1.0, (source.next_at - timezone.now()).total_seconds())
        succeeded(source, timezone.now())
        return 0.0 if line.can_wait else EVERY.total_seconds()

    def _hold(self, line: Line, source: MailSource) -> None:
        while True:
            empty(line, source)
            alive = MailSource.objects.filter(pk=self.pk, is_paused=False).update(
                fetched_at=timezone.now(),
                failures=0,
                error="",
                claimed_until=timezone.now() + CLAIM,
            )
            if not (alive and line.can_wait) or self.stop.is_set():
                return
            line.wait(IDLE_SECONDS)


def watch_all(stop: threading.Event, every: float = 10.0) -> None:
    """A watch for each source that is not paused, until `stop`."""
    watches: dict[int, Watch] = {}
    while not stop.is_set():
        try:
            close_old_connections()
            wanted = set(MailSource.objects.filter(is_paused=False).values_list("pk", flat=True))
        except DatabaseError:
            wanted = set()
        for pk in wanted:
            if pk not in watches or not watches[pk].is_alive():
                watches[pk] = Watch(pk, stop)
                watches[pk].start()
        stop.wait(every)
