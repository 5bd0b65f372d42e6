"""What carries the hints from program to program, in a form that tests may take away."""

import os
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Protocol

import redis

from tests.journeys.letterbox import any_port


class Broker(Protocol):
    """Something that can be gone for a while."""

    def variables(self) -> dict[str, str]: ...
    def take_away(self) -> None: ...
    def bring_back(self) -> None: ...
    def close(self) -> None: ...


class OwnRedis:
    """A Redis of our own that keeps nothing: killed, it forgets all hints."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = any_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.bring_back()

    def variables(self) -> dict[str, str]:
        return {"REDIS_URL": self.url}

    def bring_back(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.05)

    def answers(self) -> bool:
        with closing(redis.Redis.from_url(self.url)) as server:
            try:
                return bool(server.ping())
            except redis.ConnectionError:
                return False

    def take_away(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.take_away()


class QueueFolder:
    """The folder of the embedded default; a file in its place can be neither read nor filled."""

    def __init__(self, queue: Path) -> None:
        self.queue, self.away = queue, queue.with_name("queue-away")

    def variables(self) -> dict[str, str]:
        return {}

    def take_away(self) -> None:
        self.queue.rename(self.away)
        self.queue.touch()

    def bring_back(self) -> None:
        self.queue.unlink()
        self.away.rename(self.queue)

    def close(self) -> None:
        if self.away.exists():
            self.bring_back()
