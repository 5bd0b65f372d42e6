"""Questions to a port on this machine: is it free, does a web or mail server answer there?"""

import asyncio
import json
import os
import socket
import time

ANSWER_WITHIN = 5.0


async def is_well(port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    return (await get(port, path)).startswith(("HTTP/1.1 200", "HTTP/1.0 200"))


async def is_ready(port: int, since: float) -> bool:
    """Whether /readyz says yes, and not only of programs that ran before this moment."""
    head, _, body = (await get(port, "/readyz")).partition("\r\n\r\n")
    if " 200 " not in head:
        return False
    running = time.monotonic() - since
    ages = [value for name, value in json.loads(body).items() if name.endswith("_age_seconds")]
    return all(age is not None and age < running for age in ages)


async def get(port: int, path: str) -> str:
    """The whole answer to one GET, or nothing."""
    # The product answers only to its own names, also when it is asked for its health.
    host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].lstrip(".")
    return await ask(port, f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")


async def greets(port: int) -> bool:
    """Whether a mail server says 220 there."""
    return (await ask(port, "QUIT\r\n")).startswith("220")


async def ask(port: int, said: str) -> str:
    """Everything the other side says until it hangs up, or nothing."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(said.encode())
                return (await reader.read()).decode("utf-8", "replace")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return ""


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
