"""Starts Helpdesk on this machine: requirements, database, demo company, then all programs."""

import argparse
import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import environment
from supervisor import probes
from supervisor.place import ROOT, Place, Refusal, only_one, require_free_ports
from supervisor.programs import programs
from supervisor.supervise import REFUSED, supervise


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """What the person wants different from the default."""
    parser = argparse.ArgumentParser(
        prog="script/run", description=__doc__, epilog="docs/operations.md lists the variables."
    )
    parser.add_argument("--port", type=int, metavar="N", help="web port (default 8000)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (default ./data)")
    parser.add_argument("--no-demo", action="store_true", help="start without the demo company")
    return parser.parse_args(arguments)


def read_place(wanted: argparse.Namespace) -> Place:
    """Put the wishes into the environment, where the programs find them, and read the rest."""
    if wanted.port is not None:
        os.environ["HELPDESK_PORT"] = str(wanted.port)
    if wanted.data is not None:
        os.environ["HELPDESK_DATA"] = str(wanted.data.resolve())
    if wanted.no_demo:
        os.environ["HELPDESK_DEMO"] = "0"
    os.environ.setdefault("HELPDESK_DEMO", "1")
    place = Place.from_environment(os.environ)
    os.environ.update(place.variables())
    os.environ.setdefault("PUBLIC_URL", place.address)
    return place


def prepare(python: Path, data: Path) -> None:
    """Bring the database up to date; the demo company is made once."""
    stamp, wanted = data / "prepared", what_prepares()
    if is_embedded(data) and stamp.exists() and stamp.read_text() == wanted:
        return  # asking the database whether it is up to date would take longer than all this
    done = subprocess.run([python, ROOT / "script" / "prepare.py"], cwd=ROOT, check=False)
    if done.returncode:
        raise Refusal("The database could not be prepared; the reason stands above.")
    stamp.write_text(wanted)


def is_embedded(data: Path) -> bool:
    """Whether the database lies in the data folder, where the stamp shares its fate."""
    return not os.environ.get("DATABASE_URL") and (data / "helpdesk.sqlite3").exists()


def what_prepares() -> str:
    """A hash of everything that a database can be behind of: migrations, ours and others'."""
    digest = hashlib.sha256(os.environ["HELPDESK_DEMO"].encode())
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements" / "runtime.txt"]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def welcome(place: Place) -> str:
    """The line that people and scripts wait for, and how to sign in to the demo."""
    sign_ins = place.data / "demo-sign-ins.txt"
    is_demo = os.environ.get("HELPDESK_DEMO") == "1" and sign_ins.exists()
    hints = f"\n\n{sign_ins.read_text().rstrip()}\n" if is_demo else ""
    return f"READY {place.address}/{hints}"


def run(place: Place) -> int:
    """Hold the data folder from here to the end; everything is checked before anything starts."""

    async def is_ready() -> bool:
        return await probes.is_ready(place.port, started)

    with only_one(place.data):
        require_free_ports(place)
        prepare(environment.ensure("runtime"), place.data)
        started = time.monotonic()
        together = supervise(programs(place), is_ready=is_ready, welcome=lambda: welcome(place))
        return asyncio.run(together)


def main() -> int:
    """The exit code tells how it ended: 0 stopped, 1 failed, 2 refused to start."""
    try:
        return run(read_place(options(sys.argv[1:])))
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return REFUSED
    except KeyboardInterrupt:  # before the programs run there is nothing to stop
        return REFUSED


if __name__ == "__main__":
    sys.exit(main())
