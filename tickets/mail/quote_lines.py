"""What one line of a mail is: an attribution, a header label, a separator, a footer."""

import re
import unicodedata

from tickets.mail.quote_words import phrases

Pattern = tuple[str, ...]

_INVISIBLE = re.compile("[\u00ad\u0307\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RULE = re.compile(r"^[\s>*_=#~+\-–—.]+|[\s*_=#~+\-–—]+$")
_DELIMITER = re.compile(r"^\s*(?:([-_=*#~+—–])\1*\s*){1,4}$|^\s*\u1427\s*$")
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,4} ?[./-] ?\d{1,2}(?: ?[./-] ?\d{2,4})?(?!\d)|\d{4} ?년)"
)
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.hH]\d\d(?!\d)|\d{1,2} ?[時点點시]")
_ADDRESS_AT_END = re.compile(r"[^\s<>()]+@[^\s<>()]+[>)\]}\"']{0,3}\S{0,6}$")
_STARTS_WITH_DATE = re.compile(r"^\W{0,3}(?:[^\W\d]{1,20}[.,]{0,2}\s+){0,3}\d")
_GMAIL_OF_2013 = re.compile(
    r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: \d{1,2}:\d\d gmt[+-]\d\d?:?\d\d)? \S.*$"
)
_LABEL = re.compile(r"^[\s>*_|]{0,6}([^\W\d_][^:：\n*]{0,30}?)[\s*_]{0,4}[:：][\s*_]*(.*)$")
_APOLOGY = re.compile(
    r", an? [^.,]{0,40}(?:phone|device|tablet)$|"
    r"[.,;!]\s*(?:please|excuse|pardon|sorry|apolog|typed|brevity|bitte|désolé|disculp).*$"
)
_LINK = re.compile(r"[<(\[]*(?:https?|mailto):[^\s]*|\]\(\S*")
# Names that programs and makers give themselves: whoever writes of one by hand is rare.
_BRANDS = (
    "iphon", "ipad", "ipod", "ios", "android", "samsung", "galaxy", "huawei", "xiaomi", "redmi",
    "nokia", "htc", "blackberry", "windows", "outlook", "thunderbird", "proton", "typeapp",
    "spark", "sparrow", "pixel", "oneplus", "sony", "xperia", "motorola", "lg ", "yahoo", "mac",
    "mynet", "yandex", "gmail", "gmx", "web.de", "icloud", "k-9", "fairemail", "bluemail",
    "aquamail", "canary mail", "mail.ru", "mobile mail", "mobile phone", "mobile device",
    "tutanota", "アイフォン", "아이폰", "mobiltelefon", "mobilen", "mobila ", "smartphone",
    "smartfon",
)  # fmt: skip
# What a person has too: "the phone was sent" is no footer, "sent from my phone" is one.
_DEVICES = (
    "telefon", "telefoon", "mobi", "phone", "handy", "tablet", "cell", "mail", "téléphone",
    "teléfono", "móvil", "celular", "telemóvel", "cellulare", "телефон", "手机", "手機", "携帯",
    "スマ", "휴대", "kannettava", "puhelime", "device", "cihaz", "gerät", "appareil", "dispozitiv",
    "laitteesta", "enhet", "enhed", "zariadeni", "zařízení", "urządzeni", "устройств", "デバイス",
    "设备", "기기", "készülék",
)  # fmt: skip
_MINE = re.compile(
    r"\b(?:my|a mobile|mein\w*|unserem|mon|ma|mi|mio|mia|mijn|min|mitt|mit|minha|meu|mea|moj\w*|"
    r"mé\w*|мо\w+|мій|mobile)\b|\w(?:um|ım|im|üm|m)(?:[dt][ae]n|la|le)\b|から|我的|"
    r"내 |나의 |[sšz]ta\b|(?:készülékem|telefonom)\w*"
)


def normal(line: str) -> str:
    """A line for comparing: one case, single spaces, nothing invisible."""
    folded = unicodedata.normalize("NFC", line).casefold()
    text = _INVISIBLE.sub("", folded).replace("’", "'").replace("\xa0", " ")
    return " ".join(text.split())


def _patterns(kind: str) -> tuple[Pattern, ...]:
    return tuple(tuple(_piece(piece) for piece in phrase.split("…")) for phrase in phrases(kind))


def _piece(piece: str) -> str:
    """A fixed piece of a pattern; the spaces around the gap belong to it."""
    start = " " if piece.startswith(" ") else ""
    end = " " if piece.endswith(" ") and piece.strip() else ""
    return start + normal(piece) + end


def _kinds_of_labels() -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for kind in ("from", "sent", "to", "subject", "other"):
        for label in phrases(kind):
            kinds.setdefault(normal(label), set()).add(kind)
    return {label: frozenset(names) for label, names in kinds.items()}


_ATTRIBUTIONS = _patterns("attribution")
_ORIGINAL = _patterns("original")
_FOOTERS = _patterns("footer")
_LABELS = _kinds_of_labels()
_LAST_WORDS = frozenset(pattern[-1].strip() for pattern in _ATTRIBUTIONS if pattern[-1].strip()) | {
    "wrote ----"
}


_OPENING = tuple(pattern for pattern in _ATTRIBUTIONS if pattern[0])
_NAMING = tuple(pattern for pattern in _ATTRIBUTIONS if not pattern[0])
# Each pattern has at least one of these words: most lines are done with after one look.
_TELLING = re.compile(
    "|".join(sorted({re.escape(max(pattern, key=len).strip()) for pattern in _ATTRIBUTIONS}))
)


def fits(pattern: Pattern, text: str) -> bool:
    """Whether the text is the pattern with each gap filled by something; linear."""
    if len(pattern) == 1:
        return text == pattern[0]
    first, *middle, last = pattern
    if not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in middle:
        at = text.find(piece, position + 1, end)
        if at < 0:
            return False
        position = at + len(piece)
    return position < end


def may_end_attribution(text: str) -> bool:
    """A cheap look at a normal line before the patterns are tried."""
    if text.endswith((":", "：")):
        return True
    return text.endswith(tuple(_LAST_WORDS)) or bool(_GMAIL_OF_2013.match(text))


def opens_quotation(text: str, is_quote_next: bool) -> bool:
    """Whether a normal text with a fixed opening word is an attribution ("On … wrote:")."""
    bare, has_colon = _without_colon(text)
    if not _TELLING.search(bare) or not any(fits(pattern, bare) for pattern in _OPENING):
        return False
    if is_quote_next:
        return True
    evidence = bool(_DATE.search(bare)) + bool(_TIME.search(bare)) + ("@" in bare)
    return evidence >= (1 if has_colon else 2)


def names_writer(text: str, is_quote_next: bool) -> bool:
    """Whether a normal text without an opening word is an attribution ("X <x@y> wrote:")."""
    bare, has_colon = _without_colon(text)
    has_date, has_time = bool(_DATE.search(bare)), bool(_TIME.search(bare))
    has_address = "@" in bare
    is_evident = is_quote_next or (has_colon and (has_address or (has_date and has_time)))
    if is_evident and _TELLING.search(bare) and any(fits(each, bare) for each in _NAMING):
        return True
    if has_colon and (has_date or has_time) and _ADDRESS_AT_END.search(bare[-300:]):
        return is_quote_next or bool(_STARTS_WITH_DATE.match(bare))
    if not has_colon and _GMAIL_OF_2013.match(bare):
        return " gmt" in bare or (is_quote_next and has_address)
    return False


def _without_colon(text: str) -> tuple[str, bool]:
    bare = text.strip("*_ ").rstrip()
    stripped = bare.rstrip(":：").rstrip()
    return stripped, stripped != bare


def is_separator(line: str) -> bool:
    """ "-----Original Message-----" and its like in any language."""
    if len(line) > 200:
        return False
    text = normal(line)
    bare = _RULE.sub("", text).strip()
    bare = bare.rstrip(":：").rstrip()
    if not bare or bare == text:
        return False
    framed = text.startswith(("--", "__", "==", "*-", "*_", "**", "##", "~~", "—", "- -"))
    if text.endswith((":", "：")) and bare.startswith(_BEGINNINGS):
        framed = True
    return framed and any(fits(pattern, bare) for pattern in _ORIGINAL)


_BEGINNINGS = (
    "begin", "start", "anfang", "début", "inicio", "inizio", "início", "początek", "börja",
    "başlangıcı", "以下は", "välitetty", "začátek", "начало", "începutul",
)  # fmt: skip
_REPLY_ABOVE = re.compile(
    r"(?:reply|write|type your reply|respond) (?:above|over) this line|"
    r"(?:antwort|antworten sie|bitte) .{0,30}(?:über|oberhalb) dieser zeile|"
    r"répondre au-dessus de cette ligne|lütfen bu satırın üst|この行より上に"
)


def asks_to_reply_above(line: str) -> bool:
    """The line below which a help desk puts what it said before."""
    return len(line) < 200 and bool(_REPLY_ABOVE.search(normal(line)))


def labels(line: str) -> frozenset[str]:
    """The kinds of Outlook header that the line may be; empty when it is none."""
    if len(line) > 2000:
        return frozenset()
    found = _LABEL.match(line)
    return _LABELS.get(normal(found[1]), frozenset()) if found else frozenset()


def is_delimiter(line: str) -> bool:
    """A line of dashes, stars or the like, and nothing else."""
    return len(line.strip()) <= 200 and bool(_DELIMITER.match(line.strip()[:200]))


def is_footer(line: str) -> bool:
    """ "Sent from my iPhone" and its like: what a device wrote, not its owner."""
    return bool(_bare_footer(line))


def is_plain_footer(line: str) -> bool:
    """A footer that needs no empty line above to be known as one."""
    text = _bare_footer(line)
    named = any(brand in text for brand in _BRANDS)
    return named and (bool(_MINE.search(text)) or "outlook" in text)


def _bare_footer(line: str) -> str:
    """The normal text of a line that a device wrote, without links and apologies; or ""."""
    if len(line) > 200:
        return ""
    text = _LINK.sub("", normal(line)).strip("<>()[]-—*_ ")
    text = _APOLOGY.sub("", text).rstrip(".!。 ")
    if not text or len(text) > 80 or ", " in text or len(text.split()) > 12:
        return ""
    if not any(fits(pattern, text) for pattern in _FOOTERS):
        return ""
    if text.startswith(("sent from my ", "sent from a ")) and len(text.split()) <= 8:
        return text
    if any(brand in text for brand in _BRANDS):
        return text
    is_mine = _MINE.search(text) and any(device in text for device in _DEVICES)
    return text if is_mine else ""
