"""A container's health check: `http PORT PATH` or `smtp PORT`."""

import http.client
import os
import socket
import sys


def web_answers(port: int, path: str) -> bool:
    """Whether the page answers 200 on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    # The product answers only to its own names, also when it is asked for its health.
    host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].lstrip(".")
    connection.request("GET", path, headers={"Host": host})
    return connection.getresponse().status == 200


def mail_greets(port: int) -> bool:
    """Whether a mail server says 220."""
    with socket.create_connection(("127.0.0.1", port), timeout=4) as peer:
        greeting = peer.recv(3)
        peer.sendall(b"QUIT\r\n")
        return greeting == b"220"


def is_well(kind: str, port: int, path: str = "") -> bool:
    """One answer for both kinds; silence counts as illness."""
    try:
        return web_answers(port, path) if kind == "http" else mail_greets(port)
    except (OSError, http.client.HTTPException):
        return False


def main() -> int:
    """0 is healthy, 1 is not, as the container engine wants it."""
    kind, port, *path = sys.argv[1:]
    return 0 if is_well(kind, int(port), *path) else 1


if __name__ == "__main__":
    sys.exit(main())
