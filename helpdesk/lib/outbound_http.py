"""The one way out: opens addresses that people typed, and nothing inside our own network.

Attacks that must fail here (server-side request forgery): names that point at private addresses,
that point somewhere else at the second question (DNS rebinding), redirects to such places, and
answers that are endless, slow, or small until they are unpacked. So a name is asked once, every
address behind it has to be public, the connection goes to exactly that address, and each redirect
starts again from the beginning. Proxies of the environment are not used: they would ask again.
"""

import logging
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from threading import Timer
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

import urllib3
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from helpdesk.lib.outbound_places import (
    PRINTABLE,
    Address,
    OutboundFailed,
    OutboundRefused,
    Place,
    addresses_of,
    host_name,
    place_of,
    require_open,
)

__all__ = [
    "Answer",
    "Fetched",
    "OutboundFailed",
    "OutboundRefused",
    "Server",
    "ask",
    "fetch",
    "post",
    "server",
    "trust",
]

# Its warnings name the whole address, and private calendars keep their secret in it.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0  # of silence
TOTAL_SECONDS = 30.0  # for everything, redirects included
MAX_REDIRECTS = 3
MAX_ADDRESSES = 3  # of a name, tried one after the other
MAX_HEADER_BYTES = 32 * 1024
MAX_ANSWER_BYTES = 16 * 1024
CHUNK = 16 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
# What we keep of a validator to send it back one day.
VALIDATOR = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True)
class Fetched:
    """What was there. The body is empty unless the status is 200."""

    status: int
    body: bytes
    etag: str
    last_modified: str
    type: str  # of the media, in lower case, without parameters


@dataclass(frozen=True)
class Answer:
    """What the other side said: a receiver to our message, at most 16 KB, or whom we asked."""

    status: int
    body: bytes


def fetch(url: str, *, max_bytes: int, etag: str = "", last_modified: str = "") -> Fetched:
    """Get what is at this address, unpacked, at most `max_bytes` of it.

    With the validators of the last time the status is 304 where nothing changed. Raises
    OutboundRefused for a place that we do not open, OutboundFailed for everything else.
    """
    asked = {"Accept-Encoding": "gzip"}
    if etag:
        asked["If-None-Match"] = etag
    if last_modified:
        asked["If-Modified-Since"] = last_modified
    deadline = monotonic() + TOTAL_SECONDS
    for _hop in range(MAX_REDIRECTS + 1):
        with _asked("GET", url, b"", asked, deadline) as response:
            if response.status not in REDIRECTS:
                found = _fetched(response, max_bytes)
                if monotonic() > deadline:  # A cut looks like the end of what has no length.
                    raise TimeoutError
                return found
            url = _next(url, response)
    raise OutboundFailed(_("This address sends on to others without end. Check the address."))


def ask(url: str, headers: Mapping[str, str], *, max_bytes: int) -> Answer:
    """Get what our key opens, and no more of it than `max_bytes`.

    Redirects are answers, not followed: they could carry the key to somebody else.
    """
    deadline = monotonic() + TOTAL_SECONDS
    with _asked("GET", url, b"", {**headers}, deadline) as response:
        said = bytearray()
        while len(said) < max_bytes and (more := response.read1(CHUNK)):
            said += more
        if monotonic() > deadline:  # A cut looks like the end of what has no length.
            raise TimeoutError
        return Answer(response.status, bytes(said[:max_bytes]))


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Hand a message to a receiver. Redirects are answers, not followed: they would change it."""
    deadline = monotonic() + TOTAL_SECONDS
    with _asked("POST", url, body, {**headers}, deadline) as response:
        said = bytearray()
        # With the status the message is delivered; who then mumbles does not get it again.
        with suppress(OSError, HTTPException, HTTPError):
            while len(said) < MAX_ANSWER_BYTES and (more := response.read1(CHUNK)):
                said += more
        return Answer(response.status, bytes(said[:MAX_ANSWER_BYTES]))


# --- One question, one answer -----------------------------------------------------------------


@contextmanager
def _asked(
    method: str, url: str, body: bytes, headers: Mapping[str, str], deadline: float
) -> Iterator[BaseHTTPResponse]:
    place = place_of(url, settings.OUTBOUND_ALLOW)
    addresses = addresses_of(place)
    require_open(place, addresses, settings.OUTBOUND_ALLOW)
    named = {"User-Agent": "Helpdesk", "Connection": "close", **headers, "Host": place.authority}
    try:
        with _connected(place, addresses, deadline) as line:
            line.request(method, place.target, body or None, named, preload_content=False)
            with closing(line.getresponse()) as response:
                _require_small(response.headers)
                yield response
    except (OSError, HTTPException, HTTPError) as problem:
        raise OutboundFailed(_what_happened(problem, monotonic() > deadline, place)) from problem


@contextmanager
def _connected(place: Place, addresses: list[Address], deadline: float) -> Iterator[HTTPConnection]:
    """A connection to one of these addresses and to nothing else, cut at the deadline.

    Timeouts of sockets begin anew with each byte, and headers are read inside of libraries: only
    somebody else can end a conversation that drips.
    """
    socket_ = _dialled(place, addresses, deadline)
    twin = socket_.dup()
    cutter = Timer(max(0.0, deadline - monotonic()), _cut, [twin])
    cutter.daemon = True
    cutter.start()
    line = HTTPConnection(place.name, place.port, timeout=READ_SECONDS)
    try:
        socket_.settimeout(READ_SECONDS)
        if place.scheme == "https":
            socket_ = trust().wrap_socket(socket_, server_hostname=place.name)
        line.sock = socket_
        yield line
    finally:
        cutter.cancel()
        cutter.join()  # Before its line's number may become another connection's.
        twin.close()
        line.close()
        socket_.close()


def _dialled(place: Place, addresses: list[Address], deadline: float) -> socket.socket:
    problem = OSError("no address")
    for address in addresses[:MAX_ADDRESSES]:
        limit = max(0.01, min(CONNECT_SECONDS, deadline - monotonic()))
        try:
            return socket.create_connection((str(address), place.port), limit)
        except OSError as error:
            problem = error
    raise problem


def _cut(line: socket.socket) -> None:
    with suppress(OSError):  # The other side was faster.
        line.shutdown(socket.SHUT_RDWR)


@lru_cache
def trust() -> ssl.SSLContext:
    """Whom we believe: the system's authorities (SSL_CERT_FILE adds a company's own)."""
    return ssl.create_default_context()


def _require_small(headers: Mapping[str, str]) -> None:
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_BYTES:
        raise HTTPException("The headers are too long.")


def _fetched(response: BaseHTTPResponse, max_bytes: int) -> Fetched:
    body = bytearray()
    while response.status == 200 and (chunk := response.read1(CHUNK, decode_content=True)):
        body += chunk
        if len(body) > max_bytes:
            raise OutboundFailed(
                _("What is at this address is larger than %(size)s, so it was not read.")
                % {"size": filesizeformat(max_bytes)}
            )
    kept = {name: response.headers.get(name, "").strip() for name in ("ETag", "Last-Modified")}
    etag, last_modified = (text if VALIDATOR.fullmatch(text) else "" for text in kept.values())
    media = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(response.status, bytes(body), etag, last_modified, media)


def _next(url: str, response: BaseHTTPResponse) -> str:
    """Where a redirect leads; what is at the other end is checked like any address."""
    location = quote(response.headers.get("Location", "").strip(), PRINTABLE, "latin-1")
    try:
        there = urljoin(url, location) if location else ""
    except ValueError:
        there = ""
    if not there:
        raise OutboundFailed(_("This address sends on to nowhere. Check the address."))
    if urlsplit(url).scheme.lower() == "https" and urlsplit(there).scheme.lower() != "https":
        raise OutboundRefused(
            _("This address sends on to one without encryption, which is not followed.")
        )
    return there


def _what_happened(problem: Exception, too_late: bool, place: Place) -> str:
    host = {"host": place.name}
    if too_late or isinstance(problem, TimeoutError | urllib3.exceptions.TimeoutError):
        return _("“%(host)s” took too long to answer. Try again later.") % host
    if isinstance(problem, ssl.SSLCertVerificationError):
        return _("There is no safe connection to “%(host)s”: its certificate is not valid.") % host
    return _("“%(host)s” did not give a proper answer. Try again later.") % host


@dataclass(frozen=True)
class Server:
    """A server of another protocol that may be asked, with the addresses that were checked."""

    place: Place
    addresses: list[Address]

    @property
    def name(self) -> str:
        return self.place.name

    def dial(self, seconds: float) -> socket.socket:
        """A line to one of exactly these addresses: the name is not asked again."""
        line = _dialled(self.place, self.addresses, monotonic() + seconds)
        line.settimeout(seconds)
        return line


def server(name: str, port: int, usual: frozenset[int]) -> Server:
    """The server, refused unless it is public (or allowed) and its port usual or allowed."""
    allowed = settings.OUTBOUND_ALLOW
    if port not in usual | allowed.ports:
        raise OutboundRefused(
            _("Port %(port)s is not opened from here. Use one of: %(ports)s.")
            % {"port": port, "ports": ", ".join(map(str, sorted(usual)))}
        )
    place = Place("https", host_name(name), port, "/")
    addresses = addresses_of(place)
    require_open(place, addresses, allowed)
    return Server(place, addresses)
