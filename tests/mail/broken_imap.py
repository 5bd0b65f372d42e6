"""An IMAP server that follows a script and breaks off where the test says."""

import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field

COMMAND = re.compile(rb"(\S+) (?:UID )?(\S+)(.*)", re.I)


@dataclass
class BrokenImap:
    """Holds letters with the UIDs 1, 2, …; `cut` is the number of the command that breaks.

    It breaks before its answer, in the middle of it, or after it and before the next.
    """

    letters: list[bytes]
    cut: int = 0  # 0: never
    where: str = "before"  # before, inside, after
    host: str = "127.0.0.1"
    wanted_port: int = 0
    identity: ssl.SSLContext | None = None  # TLS from the start, or after STARTTLS
    starts_tls: bool = False
    seen: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server((self.host, self.wanted_port))
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
            threading.Thread(target=self._greet, args=[line], daemon=True).start()

    def _greet(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            self._talk(line if self.starts_tls else self._encrypted(line))

    def _encrypted(self, line: socket.socket) -> socket.socket:
        return self.identity.wrap_socket(line, server_side=True) if self.identity else line

    def _talk(self, line: socket.socket, greeting: bytes = b"* OK ready\r\n") -> None:
        line.sendall(greeting)
        with line.makefile("rb") as said:
            for command in said:
                found = COMMAND.match(command)
                assert found, command
                self.commands.append(found[2].decode().upper())
                if self.commands[-1] == "STARTTLS":
                    line.sendall(found[1] + b" OK begin\r\n")
                    self._talk(self._encrypted(line), b"")
                    return
                if not self._answer(line, found[1], found[2].decode().upper(), found[3]):
                    return

    def _answer(self, line: socket.socket, tag: bytes, name: str, rest: bytes) -> bool:
        breaks = len(self.commands) == self.cut
        if breaks and self.where == "before":
            return False
        whole = self._words(name, rest) + tag + b" OK done\r\n"
        line.sendall(whole[: len(whole) // 2] if breaks and self.where == "inside" else whole)
        return not breaks and name != "LOGOUT"

    def _words(self, name: str, rest: bytes) -> bytes:
        if name == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1%s\r\n" % (b" STARTTLS" * self.starts_tls)
        if name in {"SELECT", "EXAMINE"}:
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n" % len(self.letters)
        if name == "STATUS":
            return b'* STATUS "INBOX" (UIDVALIDITY 7 UIDNEXT %d)\r\n' % (len(self.letters) + 1)
        if name == "SEARCH":
            return self._found(rest)
        if name == "FETCH":
            return self._fetched(rest)
        if name == "STORE":
            self.seen.update(map(int, re.findall(rb"\d+", rest.split(b"(")[0])))
        return b""

    def _found(self, rest: bytes) -> bytes:
        uids = range(1, len(self.letters) + 1)
        if b"UNSEEN" in rest:
            uids = [uid for uid in uids if uid not in self.seen]  # type: ignore[assignment]
        return b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids) + b"\r\n"

    def _fetched(self, rest: bytes) -> bytes:
        uid = int(re.findall(rb"\d+", rest)[0])
        letter = self.letters[uid - 1]
        if b"SIZE" in rest:
            return b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, len(letter))
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(letter), letter)
