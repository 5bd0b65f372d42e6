"""Seconds from a fresh copy to READY, seconds of a second start, and memory while it runs."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "data", "staticfiles", "__pycache__", ".*_cache", ".hypothesis", "test-results"
)


def free_port() -> int:
    """A port with two more free ones at the distances that the product uses."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 65000 and all(is_free(port + distance) for distance in (1, 25)):
            return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def family(pid: int) -> Iterator[int]:
    """A process and everything below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def megabytes(pid: int) -> float:
    """The memory of a process, with its share of what it shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def name_of(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return " ".join(Path(word.decode()).name for word in words if word)[:60]


def start(folder: Path, port: int) -> tuple[float, subprocess.Popen[str]]:
    """Run until READY."""
    begun = time.monotonic()
    product = subprocess.Popen(
        [folder / "script" / "run", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "HELPDESK_DATA"},
    )
    assert product.stdout is not None
    for line in product.stdout:
        if line.startswith("READY"):
            return time.monotonic() - begun, product
    raise SystemExit(f"The product ended with code {product.wait()} before it was ready.")


def stop(product: subprocess.Popen[str]) -> float:
    begun = time.monotonic()
    product.send_signal(signal.SIGTERM)
    product.communicate()
    return time.monotonic() - begun


def page_seconds(port: int) -> float:
    begun = time.monotonic()
    with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        answer.read()
    return time.monotonic() - begun


def print_memory(pid: int) -> None:
    sizes = [(megabytes(member), name_of(member)) for member in family(pid)]
    for size, name in sizes:
        print(f"{size:8.0f} MB  {name}")
    print(f"{sum(size for size, _ in sizes):8.0f} MB  together")


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench start", description=__doc__)
    parser.add_argument("--settle", type=float, default=10, help="seconds before memory is read")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "helpdesk"
        shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
        port = free_port()
        seconds, product = start(folder, port)
        print(f"{seconds:8.1f} s   first start, with requirements, database and demo company")
        print(f"{page_seconds(port):8.2f} s   first page")
        print(f"{stop(product):8.1f} s   stop")
        seconds, product = start(folder, port)
        print(f"{seconds:8.1f} s   second start")
        time.sleep(wanted.settle)
        print_memory(product.pid)
        stop(product)


if __name__ == "__main__":
    main()
