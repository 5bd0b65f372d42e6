"""The whole product in processes of its own, and the outside world that it speaks to."""

import os
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import redis

ROOT = Path(__file__).resolve().parents[2]
OURS = re.compile(r"HELPDESK_|DATABASE_URL|REDIS_URL|EMAIL_URL|PUBLIC_URL|SECRET_KEY|DJANGO_")
PYTHON = str(ROOT / ".venv/bin/python")
PATIENCE = 60.0
FOUND = "from tests.journeys.company import found; found()"
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
Row = tuple[object, ...]


class Product:
    """The running product: where it listens, what it logs, what its rows say."""

    def __init__(self, folder: Path, variables: dict[str, str], *, demo: bool = False) -> None:
        self.is_demo = demo
        self.data, self.log = folder / "data", folder / "log"
        self.port = free_ports()
        self.address = f"http://127.0.0.1:{self.port}"
        self.live_port, self.smtp_port = self.port + 1, self.port + 25
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        self.env = inherited | variables | {"HELPDESK_DATA": str(self.data)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start all programs and wait until they say READY."""
        command = [str(ROOT / "script/run"), "--port", str(self.port)]
        command += [] if self.is_demo else ["--no-demo"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.env)
        self.wait_for(lambda: "READY" in self.log.read_text(), seconds=180)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def wait_for(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Ask again and again; the product's log tells why it never came true."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process is not None
            assert self.process.poll() is None, f"the product ended\n{self.last_words()}"
            assert time.monotonic() < deadline, f"not within {seconds:g} s\n{self.last_words()}"
            time.sleep(0.05)

    def last_words(self) -> str:
        return "\n".join(self.log.read_text().splitlines()[-40:])

    def found_company(self) -> None:
        """Put the cast into the empty product; the demo has its own."""
        if self.is_demo:
            return
        command = [PYTHON, str(ROOT / "manage.py"), "shell", "-c", FOUND]
        subprocess.run(command, env=self.env, check=True, stdout=subprocess.DEVNULL, timeout=60)

    def pid_of(self, words: str) -> int:
        """The supervisor's child with these words in its command, or 0."""
        assert self.process is not None
        own = self.process.pid
        for child in Path(f"/proc/{own}/task/{own}/children").read_text().split():
            command = Path(f"/proc/{child}/cmdline")
            if command.exists() and words in command.read_text().replace("\0", " "):
                return int(child)
        return 0

    def rows(self, question: str) -> list[Row]:
        """What the database answers to somebody who is not the product."""
        if url := self.env.get("DATABASE_URL"):
            with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
                cursor.execute(question)
                return list(cursor.fetchall())
        with closing(sqlite3.connect(self.data / "helpdesk.sqlite3", timeout=20)) as database:
            return list(database.execute(question))


def free_ports() -> int:
    """A port that is free together with those for the live stream and for mail."""
    for port in range(31000 + 1000 * WORKER, 60000, 100):
        if all(is_free(number) for number in (port, port + 1, port + 25)):
            return port
    raise AssertionError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def own_database(name: str) -> Iterator[dict[str, str]]:
    """A database of our own on the server of DATABASE_URL; without it the product makes a file."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield {}
        return
    maintenance = urlsplit(given)._replace(path="/postgres").geturl()
    with closing(psycopg2.connect(maintenance)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield {"DATABASE_URL": urlsplit(given)._replace(path=f"/{name}").geturl()}
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def own_redis(number: int) -> dict[str, str]:
    """A number of our own on the server of REDIS_URL; without it a folder carries the hints."""
    given = os.environ.get("REDIS_URL", "")
    if not given:
        return {}
    url = urlsplit(given)._replace(path=f"/{number}").geturl()
    with closing(redis.Redis.from_url(url)) as server:
        server.flushdb()
    return {"REDIS_URL": url}


@contextmanager
def own_places(name: str, redis_number: int) -> Iterator[dict[str, str]]:
    """Where a product keeps its rows and hints, as the environment wants it."""
    with own_database(f"helpdesk_{name}_{os.getpid()}") as database:
        yield database | own_redis(redis_number + WORKER % 3)


@contextmanager
def running(product: Product) -> Iterator[Product]:
    try:
        product.start()
        product.found_company()
        yield product
    finally:
        product.stop()
