"""A tiny table of programs for the supervisor, run as a process of its own by the tests."""

import asyncio
import os
import sys
from pathlib import Path

from supervisor.keeper import Patience, Program
from supervisor.place import Refusal, only_one
from supervisor.supervise import supervise

TICK = """
import os, signal, sys, time
print("born", os.getpid(), flush=True)
time.sleep(600)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("born", os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("born", os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
BROKEN = """
import sys
sys.exit("EMAIL_URL is missing")
"""
TABLES = {"tick": TICK, "stubborn": STUBBORN, "parent": PARENT, "broken": BROKEN}


def main() -> int:
    """`NAME FOLDER`: run one of the tables above with its data in the folder."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    patience = Patience(
        first_pause=0.05, longest_pause=0.2, stable_after=5, probe_every=0.1, stop_within=0.5
    )

    async def answers() -> bool:
        return not (folder / "deaf").exists()

    async def is_ready() -> bool:
        return name != "broken"

    program = Program(name, [sys.executable, "-c", TABLES[name]], answers)
    try:
        with only_one(folder):
            run = supervise(
                [program],
                is_ready=is_ready,
                welcome=lambda: f"READY {os.getpid()}",
                patience=patience,
            )
            return asyncio.run(run)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
