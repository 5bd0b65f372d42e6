"""An SMTP server that keeps to its part until the point where the test makes it fail."""

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

# What may go wrong with an answer, and where in the talk (RFC 5321, 4.3.2).
FAULTS = ("421", "451", "550", "silence", "cut before", "cut after", "garbage")
POINTS = ("banner", "EHLO", "MAIL", "RCPT", "DATA", "dot", "QUIT")
GOOD = {"banner": b"220 ready", "DATA": b"354 go on", "QUIT": b"221 bye"}
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.I | re.M)
STALLED = 5  # seconds after which a silent server gives up; its client should long before


@dataclass
class BrokenSmtp:
    """`fault` at `point` of every talk while it is set; `accepted` holds the letters it kept.

    Whatever is wrong with the answer to the final dot, unless it is a refusal: the letter itself
    was taken.
    """

    point: str = ""
    fault: str = ""
    talks: int = 0
    accepted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        while True:
            try:
                line, _address = self.listener.accept()
            except OSError:
                return
            self.talks += 1
            threading.Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        line.settimeout(STALLED)
        with line, line.makefile("rb") as said, suppress(OSError):
            if not self._answer(line, "banner"):
                return
            for command in said:
                verb = command[:4].decode("ascii", "replace").upper().replace("HELO", "EHLO")
                if not self._answer(line, verb) or verb == "QUIT":
                    return
                if verb == "DATA" and self.fault_at("DATA") in {"", "cut after"}:
                    content = b"".join(iter(said.readline, b".\r\n"))
                    if not self._take(line, content):
                        return

    def _take(self, line: socket.socket, content: bytes) -> bool:
        if not self.fault_at("dot").isdigit() and (found := MESSAGE_ID.search(content)):
            self.accepted.append(found[1].decode())
        return self._answer(line, "dot")

    def fault_at(self, point: str) -> str:
        return self.fault if self.point == point else ""

    def _answer(self, line: socket.socket, point: str) -> bool:
        """Whether the talk goes on after the answer."""
        fault = self.fault_at(point)
        if fault == "cut before":
            return False
        if fault == "silence":
            while line.recv(4096):
                pass
            return False
        if fault.isdigit():
            line.sendall(f"{fault} not this way\r\n".encode())
            return fault != "421"
        line.sendall(
            (b"\x00 what?" if fault == "garbage" else GOOD.get(point, b"250 OK")) + b"\r\n"
        )
        return fault != "cut after"
