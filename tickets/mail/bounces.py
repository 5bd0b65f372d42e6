"""Which addresses a mail says could not be reached (RFC 3464, and what came before it)."""

import re
from dataclasses import dataclass

from tickets.mail import addresses, headers, quote_lines
from tickets.mail.headers import Headers
from tickets.mail.letter import Address, Bounce, Remarks
from tickets.mail.limits import Limits
from tickets.mail.structure import Part

_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINAL = frozenset(
    {
        "message/rfc822",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
    }
)
_LOCAL = r"[A-Za-z0-9_.+=!#$%&'*/?^{|}~-]{1,128}"
_ADDRESS = re.compile(_LOCAL + r"@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
# RFC 6533, 3: addresses of all languages, as they are or with letters like \x{131}.
_WIDE_ADDRESS = re.compile(r"\s*utf-8\s*;\s*([^\s;<>@]{1,300}@[^\s;<>@]{1,255})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,5})\}")
_SYSTEM = re.compile(
    r"mail(?:er)?[-_. ]?(?:daemon|deamon)|post_?master|mdaemon|.{0,40}mail.?(?:service|delivery|"
    r"server|system)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|deliver(?:y|ed).{0,20}(?:status|fail|notif|error|report|problem|delay)|"
    r"returned? (?:mail|to sender|message|e-?mail)|mail(?:er)? (?:delivery|system|not|error|fail)|"
    r"failure notice|failed mail|could not (?:be )?(?:deliver|sen[dt])|not (?:yet )?(?:been )?"
    r"deliver|message (?:not|undeliver|delivery)|unable to deliver|non[- ]?deliver|rejected|"
    r"unzustellbar|zustellung|non (?:remis|distribu)|échec|no (?:se )?entreg|mancato recapito|"
    r"onbestelbaar|iletilemedi|teslim edilemedi|nelivrat|недостав|配信|送信(?:エラー|失敗)|"
    r"bounce|mail error|error during|processing error",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"(?:can ?not|can't|could ?n[o']t|unable to|not able to|failed to) (?:be )?"
    r"(?:deliver|reach|sen[dt])|(?:did|was|were|has|have) not (?:yet )?(?:been )?"
    r"(?:reach|deliver|sent)|deliver.{0,40}fail|(?:user|address|recipient|mailbox).{0,20}"
    r"(?:unknown|unavailable|not found|not exist|invalid|full|rejected|disabled)|unknown user|"
    r"invalid user|undeliver|no such (?:user|address)|not exist|(?:permanent|fatal) error|"
    r"failed recipient|returned to (?:you|sender)|(?:been|mail) returned|over ?quota|quota|"
    r"rejected|has been (?:delayed|postponed)|retry timeout|delivery problems",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"not yet been delivered|will (?:continue|keep|be retried|retry|try again)|postponed|"
    r"(?:has been|is) delayed|just a warning|warning message only|still (?:being|trying)",
    re.IGNORECASE,
)
# Below one of these stands the mail that came back, not what happened to it.
_COPY_FOLLOWS = re.compile(
    r"^[ \t>]*(?:[-=*_+]{2,}[ \t]*(?:the |your )?(?:original|unsent|returned|failed|undelivered)"
    r" (?:message|mail|e-?mail)\b(?! was)|(?:[-=*_+]{2,}[ \t]*)?(?:below (?:this|the next) line|"
    r"(?:the |your )?(?:first \d{1,4} lines of )?(?:the |your )?(?:original|unsent|returned) "
    r"(?:message|mail)(?: headers?| text| details)?(?: as received)?(?: is)?(?: as)?"
    r"(?: follow| attached| below|[ \t]*:)|(?:this is |included is )?a copy of (?:the|your) "
    r"(?:original )?(?:message|mail)|message (?:header|text|content)s?(?: follows?)?[ .:]*(?:-|$)|"
    r"(?:rfc822 )?headers? of the (?:original|returned) (?:e-?mail )?message|"
    r"the (?:text|headers?|body|contents?) of (?:the|your) (?:original )?(?:message|mail)))|"
    r"^[ \t]{0,4}(?:received|return-path|x-track): ?\S|^content-type: ?message/",
    re.IGNORECASE | re.MULTILINE,
)
_TRANSCRIPT = re.compile(r"rcpt to:|\b5\d\d[ -]#?5\.\d{1,3}\.\d{1,3}\b|>>> 5\d\d", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:rcpt to|intended recipient|failed recipient|recipient address|final-recipient|"
    r"original-recipient|address)\s*:\s*(?:rfc822;)?\s*<?(" + _ADDRESS.pattern + ")",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^[ \t>*•-]{0,20}(?:to:[ \t]{0,9}|user:?[ \t]{1,9}|recipient:?[ \t]{1,9})?[<(\[\"' \t]{0,9}("
    + _ADDRESS.pattern
    + ")"
    r"[>)\]\"']*(?:[ \t]*$|[ \t]*(?:[:;,(]|\.\.\.|on |-|\[))",
    re.IGNORECASE | re.MULTILINE,
)
_EXPANDED = re.compile(r"\(expanded from: <?(" + _ADDRESS.pattern + ")", re.IGNORECASE)
_ACCOUNT = 8000
_MOST = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the mail besides its parts."""

    senders: tuple[Address, ...]
    subject: str
    body: str
    is_automatic: bool


def read(root: Part, told: Told, limits: Limits) -> Bounce | None:
    """The bounce that the mail is, or None; a report of success is none."""
    status = [part for part in root.walk() if part.type in _STATUS]
    found, says_success = _from_status(status, limits)
    if says_success:
        return None
    account = _account(told.body)
    if not found:
        found = _from_header(root.headers)
    if not found and _looks_like_bounce(root, told, account):
        found = _from_text(account, root.headers), not _WAITING.search(account)
    if not found:
        return None
    original = _original_id(root, told.body, limits)
    return Bounce(*found, original) if found[0] or original else None


def _account(body: str) -> str:
    """What the mail says about the failure, above the copy of what failed."""
    copy = _COPY_FOLLOWS.search(body, 1)
    return body[: copy.start() if copy else _ACCOUNT][:_ACCOUNT]


Reached = tuple[tuple[str, ...], bool]


def _from_header(fields: Headers) -> Reached | None:
    found = addresses.read(fields.raw("x-failed-recipients"), _MOST)
    return (_unique([each.address for each in found]), True) if found else None


def _from_status(parts: list[Part], limits: Limits) -> tuple[Reached | None, bool]:
    """Addresses of a delivery report, and whether it only tells of success."""
    failed: list[str] = []
    delayed: list[str] = []
    arrived = False
    for fields in _recipient_fields(parts, limits):
        action, status = fields.plain("action"), fields.plain("status")
        address = _recipient(fields)
        if action.startswith(("deliver", "relay", "expand")):
            arrived = True
        elif action.startswith("delay") or (not action and status.startswith("4.")):
            delayed.append(address)
        elif address:
            failed.append(address)
    if failed:
        return (_unique(failed), True), False
    if delayed:
        return (_unique(delayed), False), False
    return None, arrived


def _recipient_fields(parts: list[Part], limits: Limits) -> list[Headers]:
    """The blocks of the reports that speak about one recipient each."""
    found: list[Headers] = []
    for part in parts:
        content = part.content(Remarks()).replace(b"\r\n", b"\n")
        for block in re.split(rb"\n[ \t]*\n", content)[: 2 * _MOST]:
            fields, _ = headers.split(block.lstrip(b"\n") + b"\n\n", limits, Remarks())
            if any(name in fields for name in ("final-recipient", "original-recipient", "action")):
                found.append(fields)
    return found


def _recipient(fields: Headers) -> str:
    """The address as our side knew it, where the report says it."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = fields.raw(name).decode("utf-8", "replace")
        if found := _WIDE_ADDRESS.match(value):
            return _ESCAPED.sub(_letter, found[1])
        if found := _ADDRESS.search(value):
            return found[0]
    return ""


def _letter(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return "\ufffd" if 0xD800 <= number <= 0xDFFF else chr(number)


def _looks_like_bounce(root: Part, told: Told, account: str) -> bool:
    says_so = bool(_SUBJECT.search(told.subject))
    tells_of_failure = bool(_FAILED.search(account))
    if _is_from_system(root, told.senders):
        return says_so or tells_of_failure
    # A person who asks about an undelivered mail writes much the same words.
    first = next((line for line in account.split("\n") if line.strip()), "")
    brings_original = any(part.type in _ORIGINAL for part in root.walk())
    is_told_by_program = (
        told.is_automatic
        or not told.senders
        or quote_lines.is_separator(first)
        or (brings_original and bool(_TRANSCRIPT.search(account)))
    )
    return says_so and tells_of_failure and is_told_by_program


def _is_from_system(root: Part, senders: tuple[Address, ...]) -> bool:
    if any(_SYSTEM.match(each.address) or _SYSTEM.match(each.name) for each in senders):
        return True
    null_path = any(value.strip() == b"<>" for value in root.headers.all_raw("return-path")[:1])
    return null_path or root.type == "multipart/report" or "report-type" in root.parameters


def _from_text(account: str, fields: Headers) -> tuple[str, ...]:
    """The addresses that the account is about: named as such, standing alone, or any."""
    ours = {
        each.address.lower()
        for name in ("to", "from", "sender", "reply-to", "errors-to", "delivered-to")
        for each in addresses.read(fields.raw(name), 20)
    }
    expanded = _EXPANDED.findall(account)
    for pattern in (_NAMED, _ALONE, _ADDRESS):
        found = [each for each in expanded or pattern.findall(account) if each.lower() not in ours]
        if pattern is _ADDRESS:
            found = [each for each in found if not _SYSTEM.match(each)]
        if found:
            return _unique(found)
    return ()


def _unique(found: list[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for address in found:
        if clean := address.strip(".'"):
            seen.setdefault(clean.lower(), clean)
    return tuple(seen.values())[:_MOST]


def _original_id(root: Part, body: str, limits: Limits) -> str:
    """The Message-ID of the mail that failed, from its returned copy."""
    for part in root.walk():
        if part.type in _ORIGINAL:
            content = part.content(Remarks())[: limits.header_bytes]
            fields, _ = headers.split(content.lstrip(b"\r\n"), limits, Remarks())
            if found := addresses.message_id(fields.raw("message-id")):
                return found
    said = re.search(r"^[ \t>]*message-id:\s*(<[^<>\s]{3,900}>)", body, re.I | re.M)
    return said[1] if said else ""
