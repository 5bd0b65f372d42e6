"""How much of a mail is read: beyond it the mail is cut, and what was cut is said."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Measures chosen far above any honest mail and far below what could stop a worker."""

    total_bytes: int = 30 * MEBIBYTE
    header_bytes: int = 256 * 1024
    header_line_bytes: int = 64 * 1024
    headers: int = 1000
    parts: int = 300
    depth: int = 30
    addresses: int = 500
    references: int = 100
    attachment_bytes: int = 25 * MEBIBYTE
    text_characters: int = 500_000
    html_characters: int = 2_000_000
    rendered_characters: int = 200_000
