"""A real IMAP server for tests: Dovecot with a folder of its own, on a free port of loopback."""

import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {place}/run
state_dir = {place}/run
log_path = {place}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{place}/mail/%u
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
passdb {{
  driver = static
  args = password=right
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Dovecot:
    """Any user name signs in with the password “right”."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        owner = pwd.getpwnam("mail")
        (place / "mail").mkdir(parents=True)
        shutil.chown(place / "mail", owner.pw_uid, owner.pw_gid)
        place.chmod(0o755)  # Its processes run as other users.
        config = place / "dovecot.conf"
        config.write_text(
            CONFIG.format(place=place, port=self.port, uid=owner.pw_uid, gid=owner.pw_gid)
        )
        self.config = config
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(self.config)])
        for _try in range(100):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                    if line.recv(4).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.place / "log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None

    def line(self, user: str) -> imaplib.IMAP4:
        """A mail program of this user."""
        line = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        line.login(user, "right")
        line.select("INBOX")
        return line

    def put(self, user: str, *letters: bytes) -> None:
        """New letters in the user's inbox."""
        line = self.line(user)
        for letter in letters:
            state, said = line.append("INBOX", "", "", letter)
            assert state == "OK", said
        line.logout()

    def flags(self, user: str) -> list[str]:
        """The flags of each letter in the inbox."""
        line = self.line(user)
        _state, found = (
            line.fetch("1:*", "(FLAGS)") if line.select("INBOX")[1] != [b"0"] else ("", [])
        )
        line.logout()
        return [row.decode() for row in found if isinstance(row, bytes)]

    def forget_numbers(self, user: str) -> None:
        """A new UIDVALIDITY for the inbox, as after a restore from a copy."""
        update = ["mailbox", "update", "-u", user, "--uid-validity", "4000000000", "INBOX"]
        subprocess.run(["doveadm", "-c", str(self.config), *update], check=True)


def installed() -> bool:
    return shutil.which("dovecot") is not None and os.geteuid() == 0


needs_dovecot = pytest.mark.skipif(not installed(), reason="Dovecot is not installed, or not root")
