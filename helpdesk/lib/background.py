"""Work for later: a nudge to a worker, after commit, by task name."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from celery import current_app
from django.db import transaction

log = logging.getLogger(__name__)
_quiet = ContextVar("quiet", default=False)


def later(name: str, *args: object) -> None:
    """Ask a worker to run the task once this transaction is committed.

    A nudge may get lost (broker away, full, restarted); whoever relies on the work being done
    has a sweep that finds it. So a failure to publish is logged and never raised.
    """
    if not _quiet.get():
        transaction.on_commit(partial(publish, name, args))


@contextmanager
def quietly() -> Iterator[None]:
    """Nudge nobody in here: whoever uses this does the work itself, or leaves it to the sweep."""
    before = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(before)


def publish(name: str, args: tuple[object, ...]) -> None:
    try:
        current_app.send_task(name, args=args, retry=False)
    except Exception as problem:  # noqa: BLE001 - each broker library raises its own kinds
        log.warning("nudge.lost task=%s error=%s", name, type(problem).__name__)


def broker_answers() -> bool:
    """Whether a nudge would get through now."""
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
        return True
    except Exception:  # noqa: BLE001 - each broker library raises its own kinds
        return False
