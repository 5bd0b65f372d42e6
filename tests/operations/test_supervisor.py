"""The supervisor keeps programs running, and leaves none behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from supervisor import probes
from supervisor.keeper import Patience
from supervisor.place import Place, Refusal
from supervisor.programs import programs

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("programs_of_a_test.py")
Start = Callable[[str], "Supervisor"]

pytestmark = [pytest.mark.processes, pytest.mark.once]


class Supervisor:
    """A supervisor in a process of its own, with the lines it has said so far."""

    def __init__(self, table: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, TABLE, table, folder],
            env={**os.environ, "PYTHONPATH": str(ROOT / "script")},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []

    def wait_for(self, word: str) -> str:
        """The next line with the word in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if word in line:
                return line.rstrip()
        raise AssertionError(f"never said {word!r}: {self.lines}")

    def pids(self) -> list[int]:
        """The processes that the next start of the program names."""
        return [int(word) for word in self.wait_for("born").split() if word.isdigit()]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=20)
        self.lines += rest.splitlines()
        return self.process.returncode


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervisor] = []

    def begin(table: str) -> Supervisor:
        started.append(Supervisor(table, tmp_path))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.end()
        assert one.process.stdout is not None
        one.process.stdout.close()


def is_gone(pid: int, within: float = 5.0) -> bool:
    """Whether a process ends in time; a dead one that nobody buried yet counts as ended."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_each_line_carries_the_name_of_its_program(start: Start) -> None:
    assert start("tick").wait_for("born").startswith("tick     | born ")


def test_says_ready_once_the_product_answers(start: Start) -> None:
    assert start("tick").wait_for("READY")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_and_counts_as_success(start: Start, number: int) -> None:
    supervisor = start("tick")
    (pid,) = supervisor.pids()
    assert supervisor.end(number) == 0
    assert is_gone(pid)


def test_a_program_that_ends_is_started_again(start: Start) -> None:
    supervisor = start("tick")
    (first,) = supervisor.pids()
    os.kill(first, signal.SIGKILL)
    (second,) = supervisor.pids()
    assert first != second
    assert any("ended with code -9; starts again" in line for line in supervisor.lines)


def test_a_program_that_does_not_answer_is_ended_and_started_again(
    start: Start, tmp_path: Path
) -> None:
    supervisor = start("tick")
    (first,) = supervisor.pids()
    (tmp_path / "deaf").touch()
    supervisor.wait_for("does not answer")
    (tmp_path / "deaf").unlink()
    assert supervisor.pids() != [first]


def test_a_program_that_ignores_the_request_is_killed_and_that_is_told(start: Start) -> None:
    supervisor = start("stubborn")
    (pid,) = supervisor.pids()
    assert supervisor.end() == 1
    assert is_gone(pid)


def test_children_of_a_killed_program_do_not_live_on(start: Start) -> None:
    supervisor = start("parent")
    parent, child = supervisor.pids()
    os.kill(parent, signal.SIGKILL)
    assert is_gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's own")
def test_programs_end_when_the_supervisor_is_killed(start: Start) -> None:
    supervisor = start("tick")
    (pid,) = supervisor.pids()
    supervisor.end(signal.SIGKILL)
    assert is_gone(pid)


def test_a_program_that_cannot_start_at_all_stops_the_product(start: Start) -> None:
    supervisor = start("broken")
    supervisor.wait_for("EMAIL_URL is missing")
    supervisor.wait_for("broken cannot be started")
    assert supervisor.process.wait(10) == 1


def test_a_second_supervisor_on_the_same_data_is_refused(start: Start, tmp_path: Path) -> None:
    first = start("tick")
    first.wait_for("READY")
    second = subprocess.run(
        [sys.executable, TABLE, "tick", tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT / "script")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert (
        f"already runs with the data in {tmp_path} (process {first.process.pid})" in second.stderr
    )


def test_a_killed_supervisor_does_not_lock_its_data_for_ever(start: Start) -> None:
    first = start("tick")
    first.wait_for("READY")
    first.end(signal.SIGKILL)
    assert start("tick").wait_for("READY")


@pytest.mark.parametrize(
    ("quick_exits", "pause"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (1000, 30)]
)
def test_pauses_double_up_to_half_a_minute(quick_exits: int, pause: float) -> None:
    assert Patience().pause(quick_exits) == pause


def test_the_other_ports_follow_the_web_port() -> None:
    place = Place.from_environment({"HELPDESK_PORT": "9100"})
    assert (place.live_port, place.smtp_port) == (9101, 9125)


def test_a_port_that_is_no_number_is_refused_by_its_name() -> None:
    with pytest.raises(Refusal, match="HELPDESK_SMTP_PORT"):
        Place.from_environment({"HELPDESK_SMTP_PORT": "mail"})


@pytest.mark.parametrize(("redis", "pool"), [("", "threads"), ("redis://127.0.0.1/0", "prefork")])
def test_the_worker_uses_processes_only_where_redis_is(redis: str, pool: str) -> None:
    table = {one.name: one for one in programs(Place.from_environment({"REDIS_URL": redis}))}
    assert set(table) == {"web", "live", "worker", "beat", "mail"}
    assert pool in table["worker"].command


class Answer(BaseHTTPRequestHandler):
    """What a product that was just started might say of itself."""

    words = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.words)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def answer() -> Iterator[tuple[type[Answer], int]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Answer, server.server_port
        server.shutdown()


@pytest.mark.parametrize(("age", "is_ready"), [("2.5", True), ("30", False), ("null", False)])
def test_signs_of_life_from_before_the_start_do_not_count(
    answer: tuple[type[Answer], int], age: str, is_ready: bool
) -> None:
    kind, port = answer
    kind.words = f'{{"ready": true, "worker_age_seconds": {age}}}'.encode()
    started = time.monotonic() - 10
    assert asyncio.run(probes.is_ready(port, started)) is is_ready


def test_nobody_there_is_not_ready() -> None:
    assert asyncio.run(probes.is_ready(1, 0)) is False
