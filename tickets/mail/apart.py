"""Heavy mails are read in a child process, which may take its share of time and memory.

Everything in `parse` is bounded, but not everything below it is ours: what a C library does to
a hostile page must not take the worker with it.
"""

import base64
import json
import resource
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tickets.mail import parse as parser
from tickets.mail.letter import Address, Attached, Bounce, Letter
from tickets.mail.limits import MEBIBYTE, Limits

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 20
_MEMORY = 1536 * MEBIBYTE
_HEAD = 64 * 1024  # What is still read of a mail whose child was stopped.
# Counts that honest mails hardly reach; whoever is above them pays for a child.
_HEAVY = {b"<": 60_000, b"\n--": 3_000, b"\n": 400_000, b"\x1b": 50_000}
_LARGE = 8 * MEBIBYTE


def parse(raw: bytes) -> Letter:
    """Read a mail here when it is light, in a child when it looks heavy; never fails."""
    return _parse_in_child(raw) if is_heavy(raw) else parser.parse(raw)


def is_heavy(raw: bytes) -> bool:
    """Whether the mail is worth the price of a process of its own."""
    return len(raw) > _LARGE or any(raw.count(mark) > most for mark, most in _HEAVY.items())


def _parse_in_child(raw: bytes) -> Letter:
    try:
        child = subprocess.run(
            [sys.executable, "-m", "tickets.mail.apart"],
            input=raw[: Limits().total_bytes + 1],
            capture_output=True,
            timeout=2 * _SECONDS,
            check=True,
            cwd=_ROOT,
            env={"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"},
        )
        return from_plain(json.loads(child.stdout))
    except (subprocess.SubprocessError, OSError, ValueError, TypeError, KeyError) as problem:
        letter = parser.parse(raw[:_HEAD])
        why = f"could not be read apart: {type(problem).__name__}"
        return replace(letter, defects=(*letter.defects, why), limited=(*letter.limited, "time"))


def to_plain(letter: Letter) -> dict[str, Any]:
    """A letter in values that JSON knows."""
    plain = asdict(letter)
    plain["date"] = letter.date.isoformat() if letter.date else None
    for file, attached in zip(plain["attachments"], letter.attachments, strict=True):
        file["content"] = base64.b64encode(attached.content).decode("ascii")
    return plain


def from_plain(plain: dict[str, Any]) -> Letter:
    """The letter that `to_plain` was given."""
    told: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
    }
    for key in ("reply_to", "to", "cc"):
        told[key] = tuple(Address(**each) for each in plain[key])
    told["sender"] = Address(**plain["sender"]) if plain["sender"] else None
    told["date"] = datetime.fromisoformat(plain["date"]) if plain["date"] else None
    told["attachments"] = tuple(
        Attached(**{**each, "content": base64.b64decode(each["content"])})
        for each in plain["attachments"]
    )
    if plain["bounce"]:
        told["bounce"] = Bounce(
            **{**plain["bounce"], "addresses": tuple(plain["bounce"]["addresses"])}
        )
    return Letter(**told)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(to_plain(parser.parse(sys.stdin.buffer.read())), sys.stdout)


if __name__ == "__main__":
    _main()
