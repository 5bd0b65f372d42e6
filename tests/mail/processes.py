"""Workers as real processes, forked from the warm test, that die or freeze where a test says."""

import imaplib
import os
import random
import signal
import smtplib
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.db.utils import load_backend

Work = Callable[[], object]


@contextmanager
def rows_on_disk(folder: Path) -> Iterator[None]:
    """The test's rows where other processes find them: SQLite's are copied out of the memory."""
    memory = connections["default"]
    if connection.vendor != "sqlite":
        yield
        return
    memory.ensure_connection()
    with closing(sqlite3.connect(folder / "rows.sqlite3")) as file:
        memory.connection.backup(file)
    place = {**memory.settings_dict, "NAME": str(folder / "rows.sqlite3")}
    own = load_backend(place["ENGINE"]).DatabaseWrapper(place, "default")
    connections["default"] = own
    try:
        yield
    finally:
        own.close()
        connections["default"] = memory


def start(work: Work) -> int:
    """A process that does this and ends; its id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 (a child must never come back into the test)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def wait_for(child: int) -> int:
    """0 when it did its work, minus the signal that killed it."""
    _pid, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, -signal.SIGKILL}, code
    return code


def run(work: Work) -> int:
    return wait_for(start(work))


def die(*_told: object, **_more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def freeze() -> None:
    """Stop until somebody says SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


class Doom:
    """Counts what this process says to the database, to IMAP and to SMTP, and dies at one of it."""

    def __init__(self, chance: random.Random, steps: int) -> None:
        self.left, self.is_after = chance.randint(1, steps), chance.random() < 0.5

    def __call__(self, deed: Callable[..., Any], *told: Any, **more: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.is_after:
            die()
        done = deed(*told, **more)
        if self.left == 0:
            die()
        return done

    def threatens(self, work: Work) -> Work:
        """The same work, for a child."""

        def doomed() -> None:
            connection.execute_wrappers.append(self)
            for place, name in (
                (connections["default"], "_commit"),
                (imaplib.IMAP4, "send"),
                (smtplib.SMTP, "send"),
                (smtplib.SMTP, "getreply"),
            ):
                deed = getattr(place, name)
                meets = partial(self, deed)
                is_method = isinstance(place, type)
                setattr(place, name, _method(self, deed) if is_method else meets)
            work()

        return doomed


def _method(doom: Doom, deed: Callable[..., Any]) -> Callable[..., Any]:
    return lambda itself, *told: doom(deed, itself, *told)
