"""`parse_mail` shows how a mail is read, one line a file, and never fails for one."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from tests.mail.mails import mail, multipart

PDF = 'Content-Type: application/pdf; name="a.pdf"\n\nPDF'


def shown(*files: Path) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("parse_mail", *map(str, files), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_one_line_a_file(tmp_path: Path) -> None:
    first, second = tmp_path / "1.eml", tmp_path / "2.eml"
    first.write_bytes(mail("Date: Mon, 9 Mar 2026 10:00:00 +0300", "Merhaba\n\n> alıntı"))
    second.write_bytes(multipart("mixed", "Content-Type: text/plain\n\nx", PDF))
    one, two = shown(first, second)
    assert one == {
        "file": str(first),
        "subject": "Printer",
        "from": {"name": "Elif", "address": "elif@example.org"},
        "to": [{"name": "", "address": "it@example.com"}],
        "date": "2026-03-09T07:00:00+00:00",
        "text": "Merhaba\n\n> alıntı",
        "reply_text": "Merhaba",
        "html": False,
        "attachments": [],
        "automatic": False,
        "automatic_reason": "",
        "bounce": None,
        "defects": [],
        "limited": [],
    }
    assert two["attachments"] == [
        {"name": "a.pdf", "type": "application/pdf", "size": 3, "inline": False}
    ]


def test_a_bounce_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "bounce.eml"
    file.write_bytes(mail("X-Failed-Recipients: a@b.example"))
    assert shown(file)[0]["bounce"] == {"addresses": ["a@b.example"], "permanent": True}


def test_a_file_that_cannot_be_opened_is_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b"")
    missing, folder, empty = shown(tmp_path / "missing.eml", tmp_path, tmp_path / "empty.eml")
    assert missing["defects"] == ["could not be opened: No such file or directory"]
    assert folder["defects"]
    assert (empty["from"], empty["defects"]) == (None, [])
