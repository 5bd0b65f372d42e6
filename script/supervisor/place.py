"""Where this installation listens and keeps its files, and whether it may start there."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from supervisor import probes

ROOT = Path(__file__).resolve().parents[2]
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never chosen by us


class Refusal(Exception):
    """Why the product cannot be started, and what to do."""


@dataclass(frozen=True)
class Place:
    """One installation on this machine; everything comes from the environment."""

    host: str
    port: int
    live_port: int
    smtp_port: int
    data: Path
    web_workers: int
    worker_processes: int
    has_redis: bool

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Place":
        """Read the variables; the other ports follow the web port where not given."""
        port = number(env, "HELPDESK_PORT", 8000)
        return cls(
            host=env.get("HELPDESK_HOST") or "127.0.0.1",
            port=port,
            live_port=number(env, "HELPDESK_LIVE_PORT", port + 1),
            smtp_port=number(env, "HELPDESK_SMTP_PORT", port + 25),
            data=Path(env.get("HELPDESK_DATA") or ROOT / "data").resolve(),
            web_workers=number(env, "HELPDESK_WEB_WORKERS", 1),
            worker_processes=number(env, "HELPDESK_WORKER_PROCESSES", 2),
            has_redis=bool(env.get("REDIS_URL")),
        )

    @property
    def ports(self) -> dict[str, int]:
        """Each port under the variable that changes it."""
        return {
            "HELPDESK_PORT": self.port,
            "HELPDESK_LIVE_PORT": self.live_port,
            "HELPDESK_SMTP_PORT": self.smtp_port,
        }

    @property
    def address(self) -> str:
        """What a person on this machine types into the browser."""
        host = "127.0.0.1" if self.host == EVERY_ADDRESS else self.host
        return f"http://{host}:{self.port}"

    def variables(self) -> dict[str, str]:
        """The same place, told to the programs."""
        numbers = {name: str(port) for name, port in self.ports.items()}
        return numbers | {"HELPDESK_DATA": str(self.data), "PYTHONUNBUFFERED": "1"}


def number(env: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from the environment; anything else is refused by its name."""
    value = env.get(name) or str(default)
    if not value.isdigit():
        raise Refusal(f"{name} must be a whole number, not {value!r}.")
    return int(value)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder; the kernel lets go of the lock even after a crash."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "supervisor.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Refusal(
                f"Helpdesk already runs with the data in {data} (process {holder}).\n"
                "Stop it first, or start this one with another folder: --data DIR."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def require_free_ports(place: Place) -> None:
    """Name the port that is taken before five logs do it in their own words."""
    for variable, port in place.ports.items():
        if not probes.is_free(place.host, port):
            raise Refusal(
                f"Port {port} is already used by another program.\n"
                f"Choose others with --port N, or this one with {variable}=N."
            )
