"""Where our servers may open connections to when somebody gives them an address."""

import re
import socket
import string
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = frozenset({80, 443, 8080, 8443})
PORT_OF_SCHEME = {"http": 80, "https": 443}
MAX_LENGTH = 2000
PRINTABLE = string.ascii_letters + string.digits + string.punctuation
CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
PORT = re.compile(r":([0-9]{1,5})")
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
# Resolvers read such names as numbers: 2130706433, 127.1, 0x7f.0.0.1 and 0177.1 are 127.0.0.1.
ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

# The registries of special purpose addresses (IANA, RFC 6890), written down because `is_global`
# of the standard library differs between its versions and calls multicast global.
NOT_PUBLIC_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a provider's address translation
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, with the metadata services of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
    )
]
# Outside of this is nothing public. So addresses that wrap an IPv4 address fall away with it:
# mapped (::ffff:0:0/96), compatible (::/96), translated (64:ff9b::/96 and 64:ff9b:1::/48).
PUBLIC_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: wraps an IPv4 address
        "3fff::/20",  # documentation
    )
]


class OutboundRefused(Refused):
    """We do not open this address, and will not at the next try either."""

    def __init__(self, reason: object) -> None:
        super().__init__(reason, code="outbound_refused")


class OutboundFailed(Refused):
    """The other side did not answer as it should; a later try may succeed."""

    def __init__(self, reason: object) -> None:
        super().__init__(reason, code="outbound_failed")


@dataclass(frozen=True)
class Allowed:
    """Places inside the company that an administrator opened: names, networks and ports."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset()

    @classmethod
    def of(cls, places: Iterable[str]) -> "Allowed":
        """From the setting: host names, addresses, networks like 10.1.0.0/16, ports like :9443."""
        names, networks, ports = set(), [], set()
        for place in filter(None, (place.strip().lower() for place in places)):
            network = _network(place)
            if port := PORT.fullmatch(place):
                ports.add(int(port[1]))
            elif network:
                networks.append(network)
            elif NAME.fullmatch(place) and not ENDS_IN_A_NUMBER.fullmatch(place):
                names.add(place)
            else:
                raise ImproperlyConfigured(
                    f"HELPDESK_OUTBOUND_ALLOW: {place!r} is no host, no network and no :port."
                )
        return cls(frozenset(names), tuple(networks), frozenset(ports))

    def opens(self, name: str, address: Address) -> bool:
        return name in self.names or any(address in network for network in self.networks)


@dataclass(frozen=True)
class Place:
    """An address of the web, taken apart and found to be harmless so far."""

    scheme: str
    name: str  # ASCII, in lower case, without the dot at the end
    port: int
    target: str  # path and query as they go over the line

    @property
    def authority(self) -> str:
        """What the Host header says."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == PORT_OF_SCHEME[self.scheme] else f"{name}:{self.port}"


def place_of(url: str, allowed: Allowed) -> Place:
    """The place that this address names; refused where its form alone tells that it is wrong."""
    parts, port = _split(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in PORT_OF_SCHEME:
        raise OutboundRefused(_("Use an address that begins with https:// or http://."))
    if "@" in parts.netloc:
        raise OutboundRefused(
            _("Remove the user name and the password before the “@” from the address.")
        )
    port = PORT_OF_SCHEME[scheme] if port is None else port
    if port not in PORTS | allowed.ports:
        raise OutboundRefused(
            _("Port %(port)s is not opened from here. Use an address with a usual port of the web.")
            % {"port": port}
        )
    query = f"?{parts.query}" if parts.query else ""
    target = quote((parts.path or "/") + query, safe=PRINTABLE)
    return Place(scheme, host_name(parts.hostname or ""), port, target)


def addresses_of(place: Place) -> list[Address]:
    """Every address behind the name, asked once. The system's resolver has its own time limit."""
    known = literal(place.name)
    if known is not None:
        return [known]
    try:
        found = socket.getaddrinfo(place.name, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise OutboundFailed(
            _("There is no server called “%(host)s” now. Check the address.") % {"host": place.name}
        )
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


def require_open(place: Place, addresses: Iterable[Address], allowed: Allowed) -> None:
    """Refuse the place if one of the addresses behind its name is not in the public internet."""
    for address in addresses:
        if not (is_public(address) or allowed.opens(place.name, address)):
            raise OutboundRefused(
                _(
                    "“%(host)s” lies inside a private network, and nothing in there is opened from "
                    "here. Use a public address, or ask an administrator to allow this host."
                )
                % {"host": place.name}
            )


def is_public(address: Address) -> bool:
    """Whether everybody in the internet may reach this address, and it is one machine's."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    if address not in PUBLIC_6 or address.scope_id:
        return False
    return not any(address in network for network in NOT_PUBLIC_6)


def literal(name: str) -> Address | None:
    """The address, where the name is one."""
    try:
        return ip_address(name)
    except ValueError:
        return None


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        if len(url) > MAX_LENGTH or CONTROL.search(url):
            raise ValueError
        parts = urlsplit(url)
        if "[" in parts.netloc and ":" not in (parts.hostname or ""):
            raise ValueError
        return parts, parts.port
    except ValueError:
        raise OutboundRefused(
            _("This is not a complete address of the web. Copy it again, from its beginning.")
        ) from None


def host_name(name: str) -> str:
    """The name in ASCII and lower case; refused where it is no name of a server."""
    try:
        plain = name.encode("idna").decode("ascii").lower() if not name.isascii() else name.lower()
    except UnicodeError:
        plain = ""
    plain = plain.removesuffix(".")
    if literal(plain) is not None and "%" not in plain:
        return plain
    if len(plain) > 253 or not NAME.fullmatch(plain) or ENDS_IN_A_NUMBER.fullmatch(plain):
        raise OutboundRefused(
            _("“%(host)s” is not the name of a server. Check the address.") % {"host": name}
        )
    return plain
