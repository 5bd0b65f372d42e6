"""What our own mail server found out about where a letter came from (RFC 8601, RFC 7489).

Anybody can write an `Authentication-Results` header. Only those of the server that the mailbox
names count, and of them only the topmost: our server wrote it last, above whatever came in.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Microsoft 365 names no server; it renames what came in under the same name.
UNNAMED = "none"
_LONGEST = 16_384
# A quoted string, an escaped sign, a sign that opens or ends something, or words between.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[();"]|[^();"\\]+|\\', re.DOTALL)
_SEPARATING = re.compile(r"[\s;=]")
_METHOD = re.compile(r"\s*([a-z][a-z0-9-]*)\s*(?:/\s*[0-9]+\s*)?=\s*([a-z]+)(?=[\s;]|$)", re.I)
_PROPERTY = re.compile(r"([a-z]+)\s*\.\s*([a-z0-9-]+)\s*=\s*(\S+)", re.I)


@dataclass(frozen=True, slots=True)
class Results:
    """One word for each method, "" where nothing is said, and whose From was checked."""

    dmarc: str = ""
    spf: str = ""
    dkim: str = ""
    domain: str = ""

    def passes(self, domain: str) -> bool:
        """Whether DMARC passed for a From of this domain."""
        return self.dmarc == "pass" and self.domain in {"", domain.lower()}

    @property
    def fails(self) -> bool:
        return self.dmarc == "fail"


def read(headers: Iterable[str], server: str) -> Results:
    """What the topmost header of this server says; nothing is believed without a server."""
    wanted = server.strip().lower()
    for header in headers if wanted else ():
        name, *rest = _statements(header[:_LONGEST])
        if "=" in name:  # It begins with a result: its server did not name itself.
            name, rest = UNNAMED if wanted == UNNAMED else "", [name, *rest]
        elif wanted == UNNAMED:
            continue
        if next(iter(name.lower().split()), "").strip('"') == wanted:
            return _results(rest)
    return Results()


def is_below(domain: str, domains: Iterable[str]) -> bool:
    """Whether the domain is one of these or belongs to one of them."""
    domain = domain.lower()
    return any(domain == each or domain.endswith(f".{each}") for each in domains)


def _results(statements: Iterable[str]) -> Results:
    """Of two words about one method the worse one counts; of many signatures one is enough."""
    found: dict[str, list[str]] = {}
    domain = ""
    for statement in statements:
        if method := _METHOD.match(statement):
            name = method[1].lower()
            found.setdefault(name, []).append(method[2].lower())
            if name == "dmarc":
                domain = domain or _from_domain(statement)
    dkim = found.get("dkim", [""])
    return Results(
        dmarc=_worst(found.get("dmarc", [])),
        spf=_worst(found.get("spf", [])),
        dkim="pass" if "pass" in dkim else dkim[0],
        domain=domain,
    )


def _worst(words: list[str]) -> str:
    if "fail" in words:
        return "fail"
    return next((word for word in words if word != "pass"), next(iter(words), ""))


def _from_domain(statement: str) -> str:
    for kind, name, value in _PROPERTY.findall(statement):
        if (kind.lower(), name.lower()) == ("header", "from"):
            return str(value).strip('"').rpartition("@")[2].lower()
    return ""


def _statements(header: str) -> list[str]:
    """The parts between semicolons, without comments; what is quoted is one word."""
    parts = [""]
    depth = 0
    for piece in _PIECE.findall(header):
        if piece == "(":
            depth += 1
        elif depth:
            depth -= piece == ")"
        elif piece == ";":
            parts.append("")
        else:
            parts[-1] += _SEPARATING.sub("_", piece) if piece[0] == '"' else piece
    return parts
