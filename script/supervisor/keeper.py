"""Keeps one program running: starts it, passes its log on, probes it, starts it again."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from supervisor.place import ROOT

QUICK_EXITS_ALLOWED = 4  # before the first READY: after that many the configuration is to blame
PROBES_FAILED_ALLOWED = 3
PR_SET_PDEATHSIG = 1

Probe = Callable[[], Awaitable[bool]]
Say = Callable[[str, str], None]


class GaveUp(Exception):
    """A program ends at once whenever it is started."""


@dataclass(frozen=True)
class Program:
    """One line of the table of what runs."""

    name: str
    command: Sequence[str]
    probe: Probe | None = None


@dataclass(frozen=True)
class Patience:
    """How long we wait for what, in seconds."""

    first_pause: float = 1.0
    longest_pause: float = 30.0
    stable_after: float = 30.0
    probe_every: float = 10.0
    stop_within: float = 8.0

    def pause(self, quick_exits: int) -> float:
        """The pause before another start; it doubles with each quick exit in a row."""
        doublings = min(max(quick_exits - 1, 0), 16)
        return min(self.first_pause * 2.0**doublings, self.longest_pause)


@dataclass
class Keeper:
    """One program and the process that currently is it."""

    program: Program
    say: Say
    is_ready: Callable[[], bool]
    patience: Patience = Patience()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None

    async def keep(self) -> None:
        """Run until told to stop; raises GaveUp while nothing has ever worked."""
        quick_exits = 0
        while not self.stopping.is_set():
            started = time.monotonic()
            code = await self.run_once()
            if self.stopping.is_set():
                return
            was_stable = time.monotonic() - started >= self.patience.stable_after
            quick_exits = 1 if was_stable else quick_exits + 1
            if quick_exits >= QUICK_EXITS_ALLOWED and not self.is_ready():
                raise GaveUp(self.program.name)
            await self.rest(code, self.patience.pause(quick_exits))

    async def rest(self, code: int, pause: float) -> None:
        """Wait before the next start, unless a stop is wanted meanwhile."""
        self.say(self.program.name, f"ended with code {code}; starts again in {pause:g} s")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), pause)

    async def run_once(self) -> int:
        """One life of the program, from its start to its last line."""
        process, log = await start(self.program.command)
        self.process = process
        reading = asyncio.create_task(self.read_log(log))
        probing = asyncio.create_task(self.probe(process))
        code = await process.wait()
        probing.cancel()
        end_family(process)  # what it started itself may live on and hold the port
        await asyncio.wait([reading], timeout=1)  # a runaway child may hold the pipe for ever
        reading.cancel()
        return code

    async def read_log(self, log: asyncio.StreamReader) -> None:
        """Pass each line on under the program's name."""
        while True:
            try:
                line = await log.readline()
            except ValueError:  # a line of more than a megabyte; what follows is still wanted
                continue
            if not line:
                return
            self.say(self.program.name, line.decode("utf-8", "replace").rstrip())

    async def probe(self, process: asyncio.subprocess.Process) -> None:
        """End a program that is alive and does not answer; it is then started again."""
        if self.program.probe is None:
            return
        failed = 0
        while failed < PROBES_FAILED_ALLOWED:
            await asyncio.sleep(self.patience.probe_every)
            failed = 0 if await self.program.probe() else failed + 1
        self.say(self.program.name, "does not answer and is ended")
        end_family(process)

    async def stop(self) -> bool:
        """Ask the program to end, then insist; tells whether asking was enough."""
        self.stopping.set()
        process = self.process
        if process is None or process.returncode is not None:
            return True
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.patience.stop_within)
        except TimeoutError:
            self.say(self.program.name, "did not stop in time and was killed")
            end_family(process)
            return False
        return True


async def start(command: Sequence[str]) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
    """Start a program as the head of a family of its own, with one pipe for all its words.

    The pipe is ours and not asyncio's: with that one, waiting for a process that was killed would
    last until every child it left behind has closed the pipe too.
    """
    parent = os.getpid()
    ours, theirs = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,  # Ctrl-C reaches the supervisor only
            preexec_fn=lambda: end_with(parent),
        )
    finally:
        os.close(theirs)
    return process, await reader_of(ours)


async def reader_of(pipe: int) -> asyncio.StreamReader:
    """The reading end of a pipe as a stream of lines."""
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb")
    )
    return reader


def end_with(parent: int) -> None:
    """Have the kernel end this child when the supervisor dies without a word."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was asked
            os.kill(os.getpid(), signal.SIGTERM)


def end_family(process: asyncio.subprocess.Process) -> None:
    """Kill a program with everything it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
