"""The whole product, started as a person starts it, on the embedded default."""

import json
import os
import signal
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Whatever database and broker the tests themselves use, this product uses its own.
OTHERS = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PUBLIC_URL", "HELPDESK_MODE", "SECRET_KEY"}

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        "DATABASE_URL" in os.environ, reason="tried with the embedded default, whose product it is"
    ),
]


class Product:
    """The running product with the ports it listens on."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.log = data.parent / "log"
        env = {name: value for name, value in os.environ.items() if name not in OTHERS}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [ROOT / "script/run", "--port", str(self.port), "--data", data, "--no-demo"],
                stdout=log,
                stderr=log,
                env=env,
            )

    def said(self, words: str) -> bool:
        return words in self.log.read_text()

    def wait_for(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)

    def status(self, path: str, port: int = 0) -> int:
        try:
            with urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except HTTPError as refusal:
            return refusal.code

    def pid_of(self, words: str) -> int:
        """The supervisor's child with these words in its command, or 0."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for child in map(int, children.split()):
            if words in Path(f"/proc/{child}/cmdline").read_text().replace("\0", " "):
                return child
        return 0


def free_port() -> int:
    """A port that is free together with those for the live stream and for mail."""
    for port in range(21000, 29000, 100):
        if all(is_free(number) for number in (port, port + 1, port + 25)):
            return port
    raise AssertionError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("product") / "data")
    running.wait_for(lambda: running.said("READY"))
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(20)


def test_says_ready_with_the_address(product: Product) -> None:
    assert product.said(f"READY http://127.0.0.1:{product.port}/")


def test_a_guest_is_shown_the_sign_in_page(product: Product) -> None:
    assert product.status("/") == 200


def test_ready_means_that_every_part_is_well(product: Product) -> None:
    with urlopen(f"http://127.0.0.1:{product.port}/readyz", timeout=10) as answer:
        checks = json.load(answer)
    assert all(checks[part] for part in ("database", "broker", "worker", "beat", "mail"))


def test_the_live_stream_has_a_program_of_its_own(product: Product) -> None:
    assert product.status("/live/", product.port + 1) in {401, 403, 404}


def test_the_mail_listener_greets(product: Product) -> None:
    with smtplib.SMTP("127.0.0.1", product.port + 25, timeout=10) as peer:
        assert peer.noop()[0] == 250


def test_style_sheets_are_served_without_being_collected(product: Product) -> None:
    assert product.status("/static/css/base.css") == 200


@pytest.mark.parametrize("part", ["worker", "beat", "granian helpdesk.wsgi", "receive_smtp"])
def test_a_killed_part_comes_back(product: Product, part: str) -> None:
    killed = product.pid_of(part)
    os.kill(killed, signal.SIGKILL)
    product.wait_for(lambda: product.pid_of(part) not in {0, killed})


def test_everything_stops_within_ten_seconds(product: Product) -> None:
    product.wait_for(lambda: not is_free(product.port) and not is_free(product.port + 25))
    product.process.terminate()
    assert product.process.wait(10) == 0, product.log.read_text()
    assert all(is_free(product.port + distance) for distance in (0, 1, 25))
