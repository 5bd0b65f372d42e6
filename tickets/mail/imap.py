"""One line to an IMAP server: connect, sign in, list what is new, fetch raw bytes, put away.

Protocol: RFC 9051 / RFC 3501 by imap-tools; IDLE is RFC 2177, XOAUTH2 as Microsoft and Google
document it. Raw bytes come by BODY.PEEK[], so that reading alone never marks a letter.
"""

import imaplib
import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from imap_tools import OR, BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxLoginError

from helpdesk.lib import outbound_http, secrets
from helpdesk.lib.errors import Refused
from tickets.models import MailSource

PORTS = frozenset({143, 993})
TIMEOUT = 30  # seconds for each answer of the server
IDLE_SECONDS = 5 * 60  # shorter than what firewalls forget, and than the 29 minutes of RFC 2177
TOKENS = {
    MailSource.Sign.MICROSOFT: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    MailSource.Sign.GOOGLE: "https://oauth2.googleapis.com/token",
}
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
UID = re.compile(rb"\bUID (\d+)")


class Unreachable(Exception):
    """The server cannot be reached, refuses us, or broke off; says what to do, to a lead."""


class Withheld(Unreachable):
    """The line is good, but the server gives nothing for this letter, or another one."""

    def __init__(self) -> None:
        super().__init__(_("The server did not give us the letter. We try again."))


class _Plain(imaplib.IMAP4):
    """The library's client, on a line to an address that was checked: it asks no name again."""

    def __init__(self, server: outbound_http.Server) -> None:
        self._server = server
        super().__init__(server.name, server.place.port, TIMEOUT)

    def _create_socket(self, timeout: float) -> socket.socket:
        return self._server.dial(timeout)


class _Encrypted(imaplib.IMAP4_SSL):
    """The same from the first byte; the certificate must be good for the name, not the address."""

    def __init__(self, server: outbound_http.Server) -> None:
        self._server = server
        trust = outbound_http.trust()
        super().__init__(server.name, server.place.port, ssl_context=trust, timeout=TIMEOUT)

    def _create_socket(self, timeout: float) -> socket.socket:
        line = self._server.dial(timeout)
        return outbound_http.trust().wrap_socket(line, server_hostname=self._server.name)


class _Box(BaseMailBox):
    """What imap-tools makes of such a line."""

    def __init__(self, server: outbound_http.Server, security: str) -> None:
        self._server, self._security = server, security
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        if self._security == MailSource.Security.TLS:
            return _Encrypted(self._server)
        client = _Plain(self._server)
        if self._security == MailSource.Security.STARTTLS:
            try:
                client.starttls(outbound_http.trust())
            except (OSError, imaplib.IMAP4.error):
                with suppress(OSError):  # A failed handshake has closed the socket already.
                    client.shutdown()
                raise
        return client


class Line:
    """A signed-in connection with the source's folder open."""

    def __init__(self, box: BaseMailBox, source: MailSource) -> None:
        self.box, self.source = box, source

    def place(self) -> tuple[int, int]:
        """UIDVALIDITY, and the UID that the next letter will have at least."""
        found = self.box.folder.status(self.source.folder, ["UIDVALIDITY", "UIDNEXT"])
        return found["UIDVALIDITY"], found["UIDNEXT"]

    def newer_than(self, uid: int) -> list[int]:
        """UIDs after this one, in order; `n:*` names the newest letter also when it is old."""
        found = self.box.uids(f"UID {uid + 1}:*")
        return sorted(number for number in map(int, found) if number > uid)

    def unread(self, since: date | None = None) -> list[int]:
        """What nobody has read, and what came on that day or later, whoever has read it."""
        wanted = OR(seen=False, date_gte=since) if since else "UNSEEN"
        return sorted(map(int, self.box.uids(wanted)))

    def raw(self, uid: int) -> tuple[bytes, bool]:
        """The letter's bytes; only its headers, and True, where it is larger than we take."""
        sized = self._fetched(uid, "(RFC822.SIZE)")
        size = SIZE.search(b" ".join(part for part in sized if isinstance(part, bytes)))
        is_large = size is not None and int(size[1]) > settings.MAIL_MAX_BYTES
        what = "(BODY.PEEK[HEADER])" if is_large else "(BODY.PEEK[])"
        for number, content in letters_in(self._fetched(uid, what)):
            if number in {uid, None}:
                return content, is_large
        raise Withheld

    def _fetched(self, uid: int, what: str) -> list[bytes | tuple[bytes, bytes]]:
        state, answer = self.box.client.uid("FETCH", str(uid), what)
        if state != "OK":
            raise Withheld
        return [part for part in answer if part]

    def put_away(self, uids: list[int]) -> None:
        """Mark or move what is stored."""
        names = [str(uid) for uid in uids]
        if self.source.after == MailSource.After.MOVE and self.source.done_folder:
            self.box.move(names, self.source.done_folder)
        else:
            self.box.flag(names, "\\Seen", True)

    def wait(self, seconds: float) -> None:
        """Sleep until the server says that something changed, at most so long."""
        self.box.idle.wait(timeout=seconds)

    @property
    def can_wait(self) -> bool:
        return "IDLE" in self.box.client.capabilities


def letters_in(answer: list[bytes | tuple[bytes, bytes]]) -> Iterator[tuple[int | None, bytes]]:
    """Each content of a FETCH answer with the UID beside it, where the server says one."""
    for place, part in enumerate(answer):
        if isinstance(part, tuple):
            rest = answer[place + 1] if place + 1 < len(answer) else b""
            beside = part[0] + (rest if isinstance(rest, bytes) else b"")
            found = UID.search(beside)
            yield (int(found[1]) if found else None), bytes(part[1])


@contextmanager
def opened(source: MailSource) -> Iterator[Line]:
    """Connect and sign in. Whatever the server or the network does becomes Unreachable."""
    try:
        box = _connected(source)
    except Refused as problem:
        raise Unreachable(str(problem)) from problem
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as problem:
        raise Unreachable(_why(problem, source)) from problem
    try:
        _sign_in(box, source)
        yield Line(box, source)
    except Refused as problem:
        raise Unreachable(str(problem)) from problem
    except (OSError, imaplib.IMAP4.error, ImapToolsError, KeyError) as problem:
        raise Unreachable(_why(problem, source)) from problem
    finally:
        with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            box.logout()


def _connected(source: MailSource) -> BaseMailBox:
    return _Box(outbound_http.server(source.host, source.port, PORTS), source.security)


def _sign_in(box: BaseMailBox, source: MailSource) -> None:
    if source.sign == MailSource.Sign.PASSWORD:
        box.login(source.username, secrets.unseal(source.secret), initial_folder=source.folder)
    else:
        box.xoauth2(source.username, access_token(source), initial_folder=source.folder)


def access_token(source: MailSource) -> str:
    """A fresh token: client credentials (RFC 6749, 4.4) or a refresh token (6)."""
    secret = secrets.unseal(source.secret)
    if source.sign == MailSource.Sign.MICROSOFT:
        asked = {
            "grant_type": "client_credentials",
            "client_id": source.client_id,
            "client_secret": secret,
            "scope": "https://outlook.office365.com/.default",
        }
    else:
        asked = {
            "grant_type": "refresh_token",
            "client_id": source.client_id,
            "client_secret": secrets.unseal(source.client_secret) if source.client_secret else "",
            "refresh_token": secret,
        }
    url = TOKENS[MailSource.Sign(source.sign)].format(tenant=source.tenant)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = outbound_http.post(url, urlencode(asked).encode(), form)
    try:
        return str(json.loads(answer.body)["access_token"])
    except (ValueError, KeyError, TypeError):
        raise Unreachable(
            _("The sign-in service gave no token. Check the client id, the secret and the tenant.")
        ) from None


def _why(problem: Exception, source: MailSource) -> str:
    """What went wrong, for a lead; never what the server said word by word, it may name secrets."""
    words = {"host": source.host, "port": source.port, "folder": source.folder}
    if isinstance(problem, MailboxLoginError) or "AUTHENTICATIONFAILED" in str(problem).upper():
        return _("The server refused the user name or the secret. Enter them again.")
    if isinstance(problem, ssl.SSLCertVerificationError):
        return _("The certificate of %(host)s is not valid for that name.") % words
    if isinstance(problem, TimeoutError):
        return _("%(host)s did not answer in time.") % words
    if isinstance(problem, ImapToolsError):
        return _("The server refused. Check that the folder “%(folder)s” exists.") % words
    if isinstance(problem, OSError):
        return _("%(host)s cannot be reached on port %(port)s.") % words
    return _("The connection to %(host)s broke off.") % words
