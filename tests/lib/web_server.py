"""Small servers of a test's own: each plays a host somewhere, by the bytes that it sends."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ssl import SSLContext

# Gets the connection and the head of the request; what it says is sent by itself.
Play = Callable[[socket.socket, str], None]


@dataclass
class WebServer:
    """Listens at an address of this machine until it is closed."""

    play: Play
    host: str = "127.0.0.1"
    port: int = 0
    tls: SSLContext | None = None
    is_hasty: bool = False  # Speaks before it was asked.
    heads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server((self.host, self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def close(self) -> None:
        with suppress(OSError):  # Wakes the thread that listens; a second time it is too late.
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _caller = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                connection.settimeout(10)
                head = b""
                while b"\r\n\r\n" not in head and not self.is_hasty:
                    head += connection.recv(4096) or b"\r\n\r\n"
                self.heads.append(head.decode("latin-1"))
                self.play(connection, self.heads[-1])
        except OSError:
            return  # The other side hung up, which is what several tests wait for.


def says(body: bytes = b"", *headers: str, status: str = "200 OK", length: bool = True) -> Play:
    """A server that answers everything with this."""
    named = [*headers, f"Content-Length: {len(body)}"] if length else [*headers]
    head = "\r\n".join([f"HTTP/1.1 {status}", *named, "", ""]).encode("latin-1")
    return lambda connection, _head: connection.sendall(head + body)


def sends_on(to: str, status: str = "302 Found") -> Play:
    return says(b"", f"Location: {to}", status=status)
