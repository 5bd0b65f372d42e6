"""Watches over all programs until a signal arrives or one of them cannot be started at all."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Sequence

from supervisor.keeper import Keeper, Patience, Probe, Program

STOPPED, FAILED, REFUSED = 0, 1, 2  # exit codes; a stop that needed force counts as failed
REMIND_EVERY = 30.0


def say(name: str, line: str) -> None:
    """One line of the common log; a reader that went away must not stop the product."""
    with contextlib.suppress(OSError):
        print(f"{name:<8} | {line}", flush=True)


async def supervise(
    programs: Sequence[Program],
    *,
    is_ready: Probe,
    welcome: Callable[[], str],
    patience: Patience | None = None,
) -> int:
    """Run all programs together; returns the exit code."""
    ready = asyncio.Event()
    keepers = [Keeper(one, say, ready.is_set, patience or Patience()) for one in programs]
    keeping = [asyncio.create_task(keeper.keep()) for keeper in keepers]
    announcing = asyncio.create_task(announce(is_ready, welcome, ready))
    stopped = asyncio.create_task(wait_for_signal())
    await asyncio.wait([stopped, *keeping], return_when=asyncio.FIRST_COMPLETED)
    announcing.cancel()
    say("helpdesk", "stopping")
    stopped_on_request = await asyncio.gather(*(keeper.stop() for keeper in keepers))
    outcomes = await asyncio.gather(*keeping, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    for failure in failures:
        say("helpdesk", f"{failure} cannot be started; its last lines above say why")
    say("helpdesk", "stopped")
    return FAILED if failures or not all(stopped_on_request) else STOPPED


async def wait_for_signal() -> None:
    """Return when somebody wants the product to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


async def announce(is_ready: Probe, welcome: Callable[[], str], ready: asyncio.Event) -> None:
    """Say once that people can come in."""
    started = reminded = time.monotonic()
    while not await is_ready():
        await asyncio.sleep(0.1)
        if time.monotonic() - reminded >= REMIND_EVERY:
            reminded = time.monotonic()
            say("helpdesk", f"not ready after {reminded - started:.0f} s; /readyz says why")
    ready.set()
    with contextlib.suppress(OSError):
        print(welcome(), flush=True)
