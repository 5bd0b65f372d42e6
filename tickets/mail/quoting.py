"""A person's own words: what was quoted, and the signature below, folded away.

Losing a word of the author is worse than showing a quotation twice, so each rule needs
evidence, and a text of which nothing would be left is left whole.
"""

import re

from tickets.mail import quote_lines

_MOST_LINES = 6000
_MOST_TRIED = 500  # A log may end each of its lines with a colon.
_LONGEST_ATTRIBUTION = 500
_LINES_OF_ATTRIBUTION = 5
_WRAPPED_AT = 58
_QUOTE = re.compile(r"^\s{0,3}[>＞]")
_END_OF_ADDRESS = re.compile(r"^>(?:\s*\S{1,20}){0,3}\s*[:：]\s*$")
_SIGNATURE = re.compile(r"^(?:--|—|– ?–|---)\s*$")
_POINT = re.compile(r"(?:[-*•]|\d{1,3}[.)]|\[.\]) ")
_LONGEST_SIGNATURE = 40
_SHORT_SIGNATURE = 7
_LIST_FOOTER = re.compile(r"_{30,}$")

Segment = list[str]


def own_words(text: str) -> str:
    """The text without quotations, attributions, signature block and mobile footer."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > _MOST_LINES:
        return text.strip()
    segments, was_quoted = _Reading(lines).segments()
    segments = _without_list_footer(segments, was_quoted=was_quoted)
    kept = [_trimmed(segment) for segment in segments]
    answer = "\n\n".join("\n".join(segment).strip("\n") for segment in kept if _says(segment))
    return answer.strip() or text.strip()


class _Reading:
    """One pass over the lines, which ends early where everything below is quoted."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._normal = [quote_lines.normal(line[:1000]) for line in lines]
        self._is_quote = [bool(_QUOTE.match(line)) for line in lines]
        unquoted = (at for at, text in enumerate(self._normal) if text and not self._is_quote[at])
        self._first_unquoted = next(unquoted, len(lines))
        self._own: list[Segment] = [[]]
        self._has_own = False

    def segments(self) -> tuple[list[Segment], bool]:
        """The author's lines in stretches between quotations, and whether any was found."""
        ends = self._attributions()
        at, was_quoted = 0, False
        while at < len(self._lines):
            if (end := self._end_of_quote(at, ends)) > at:
                at, was_quoted = end, True
                self._own.append([])
            elif self._has_own and (at in ends or self._begins_old_mail(at)):
                return self._own, True
            elif (below := self._below_headers(at)) > at:
                at = below
            else:
                self._own[-1].append(self._lines[at])
                self._has_own = self._has_own or bool(self._normal[at])
                at += 1
        return self._own, was_quoted

    def _end_of_quote(self, at: int, ends: dict[int, int]) -> int:
        """The line after a quotation marked with `>` that begins here; this one if none does."""
        if at in ends and self._quote_follows(ends[at]):
            return self._after_quote(ends[at])
        if self._is_quote[at] and not self._is_leading_quote(at):
            return self._after_quote(at - 1)
        return at

    def _is_leading_quote(self, at: int) -> bool:
        """A quotation above everything, which no program announced: the author put it there."""
        return at < self._first_unquoted

    def _attributions(self) -> dict[int, int]:
        """First and last line of each attribution."""
        found: dict[int, int] = {}
        tried = 0
        for end, text in enumerate(self._normal):
            closes = self._closes_address(end)
            if not text or (self._is_quote[end] and not closes) or len(text) > 400:
                continue
            if quote_lines.may_end_attribution(text) and tried < _MOST_TRIED:
                tried += 1
                start = self._start_of_attribution(end)
                if start >= 0:
                    found[start] = end
        return found

    def _closes_address(self, at: int) -> bool:
        """The rest of an address that was broken after its bracket opened: `<a@b` `>:`."""
        if not _END_OF_ADDRESS.match(self._lines[at]):
            return False
        before = " ".join(self._normal[max(0, at - 3) : at])
        return before.rfind("<") > before.rfind("> ")

    def _start_of_attribution(self, end: int) -> int:
        """Where the attribution that ends here begins, or -1 when this line ends none."""
        quote_next = self._quote_follows(end)
        named = -1
        text = ""
        for start in self._joined_backwards(end):
            text = f"{self._normal[start]} {text}".strip()
            if len(text) > _LONGEST_ATTRIBUTION:
                break
            if start < end and not re.search(r"\d|@|<", self._normal[start]):
                continue
            if quote_lines.opens_quotation(text, quote_next):
                return self._with_line_above(start, text, quote_next)
            if named < 0 and quote_lines.names_writer(text, quote_next):
                named = start
        return named

    def _with_line_above(self, start: int, text: str, quote_next: bool) -> int:
        """One line more where it ends in a comma and opens the attribution as well."""
        above = self._normal[start - 1] if start else ""
        if above.endswith(",") and quote_lines.opens_quotation(f"{above} {text}", quote_next):
            return start - 1
        return start

    def _joined_backwards(self, end: int) -> list[int]:
        """The lines that may belong together, from the last up; a blank one only before `<`."""
        lines: list[int] = []
        at = end
        while at >= 0 and len(lines) < _LINES_OF_ATTRIBUTION:
            if self._normal[at]:
                if self._is_quote[at] and at != end:
                    break
                lines.append(at)
            elif not self._normal[at + 1].startswith("<"):
                break
            at -= 1
        return lines

    def _quote_follows(self, at: int) -> bool:
        following = self._next_words(at)
        return following >= 0 and (
            self._is_quote[following] or self._lines[following].startswith("| ")
        )

    def _next_words(self, at: int) -> int:
        """The next line with words on it within reach, or -1."""
        for line in range(at + 1, min(at + 5, len(self._lines))):
            if self._normal[line]:
                return line
        return -1

    def _after_quote(self, at: int) -> int:
        """The first line below the quoted run that is not part of it."""
        at += 1
        while at < len(self._lines):
            is_bar = self._lines[at].startswith(("| ", "|\t")) or self._lines[at] == "|"
            if not (self._is_quote[at] or is_bar or not self._normal[at] or self._is_wrapped(at)):
                break
            at += 1
        return at

    def _is_wrapped(self, at: int) -> bool:
        """The rest of a quoted line that was broken in transport: a lone line in the run."""
        before = self._lines[at - 1]
        if at + 1 >= len(self._lines) or not self._is_quote[at - 1] or len(before) < _WRAPPED_AT:
            return False
        return self._is_quote[at + 1] and self._lines[at][:1].islower()

    def _begins_old_mail(self, at: int) -> bool:
        line = self._lines[at]
        if quote_lines.is_separator(line) or quote_lines.asks_to_reply_above(line):
            return True
        if quote_lines.is_delimiter(line):
            following = self._next_words(at)
            return following >= 0 and self._is_header_block(following, after_rule=True)
        return self._is_header_block(at, after_rule=False)

    def _below_headers(self, at: int) -> int:
        """Where a mail that was only passed on begins: below its rule and its header lines."""
        start = at
        if self._has_own or not self._normal[at] or not self._begins_old_mail(at):
            return start
        while at < min(start + 20, len(self._lines)) and self._heads_old_mail(at, start):
            at += 1
        return at if any(self._normal[at:]) else start

    def _heads_old_mail(self, at: int, start: int) -> bool:
        """A rule, a label, an empty line, or the rest of a label's value above the next one."""
        line = self._lines[at]
        if not self._normal[at] or quote_lines.labels(line):
            return True
        if quote_lines.is_separator(line) or quote_lines.is_delimiter(line):
            return True
        following = self._lines[at + 1] if at + 1 < len(self._lines) else ""
        return at > start and bool(quote_lines.labels(following))

    def _is_header_block(self, at: int, *, after_rule: bool) -> bool:
        """From, Sent, To and Subject one below the other, as Outlook puts them."""
        first = quote_lines.labels(self._lines[at])
        if not first & {"from", "sent"}:
            return False
        kinds: set[str] = set()
        has_address, strays = False, 0
        for line in self._lines[at : at + 14]:
            found = quote_lines.labels(line)
            kinds |= found
            has_address = has_address or "@" in line
            strays = 0 if found else strays + 1
            if strays > 2:
                break
        named = len(kinds & {"from", "sent", "to", "subject"})
        if "from" not in kinds:
            return False
        return named >= (2 if after_rule else 3) and ("subject" in kinds or has_address)


def _says(segment: Segment) -> bool:
    return any(line.strip() for line in segment)


def _without_list_footer(segments: list[Segment], *, was_quoted: bool) -> list[Segment]:
    """What stands under a rule below the last quotation was put there by a program."""
    *above, last = segments
    first = next((line for line in last if line.strip()), "")
    if was_quoted and quote_lines.is_delimiter(first) and any(map(_says, above)):
        return above
    for at in range(max(0, len(last) - 8), len(last) - 1):
        if _LIST_FOOTER.match(last[at]) and "mailing list" in last[at + 1] and _says(last[:at]):
            return [*above, last[:at]]
    return segments


def _trimmed(segment: Segment) -> Segment:
    """A stretch of own words without the signature and the footer at its end."""
    lines = _without_footers(segment)
    lines = _without_footers(_without_signature(lines))
    while lines and (not lines[-1].strip() or quote_lines.is_delimiter(lines[-1])):
        lines = lines[:-1]
    return lines


def _without_footers(lines: Segment) -> Segment:
    """Drop the lines at the end that a device wrote, most of them a paragraph of their own."""
    kept = list(lines)
    while True:
        end = len(kept)
        while end and not kept[end - 1].strip():
            end -= 1
        if not end or not quote_lines.is_footer(kept[end - 1]):
            return kept
        above = kept[end - 2].strip() if end >= 2 else ""
        is_alone = not above or quote_lines.is_footer(above) or quote_lines.is_delimiter(above)
        if not is_alone and not quote_lines.is_plain_footer(kept[end - 1]):
            return kept
        kept = kept[: end - 1]


def _without_signature(lines: Segment) -> Segment:
    """Cut at `-- ` (RFC 3676, 4.3); without its space only where what follows looks like a name."""
    for at in range(max(0, len(lines) - 2 * _LONGEST_SIGNATURE), len(lines)):
        line = lines[at]
        if not _SIGNATURE.match(line) or not _says(lines[:at]):
            continue
        below = [each.strip() for each in lines[at + 1 :] if each.strip()]
        if line.startswith("-- ") and len(below) <= _LONGEST_SIGNATURE:
            return lines[:at]
        if len(below) <= _SHORT_SIGNATURE and not any(map(_is_sentence_or_point, below)):
            return lines[:at]
    return lines


def _is_sentence_or_point(line: str) -> bool:
    """What stands in a message rather than in a signature: a question, a point of a list, much."""
    return len(line) > 80 or line.endswith("?") or bool(_POINT.match(line))
