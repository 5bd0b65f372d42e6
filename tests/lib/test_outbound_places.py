"""Which addresses of the web we open, by their form and by what stands behind them."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib.outbound_places import (
    Address,
    Allowed,
    OutboundRefused,
    is_public,
    place_of,
    require_open,
)

NOTHING = Allowed()


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://example.com", "example.com", "/"),
        ("https://EXAMPLE.com./a?b=c#d", "example.com", "/a?b=c"),
        ("http://example.com:80/", "example.com", "/"),
        ("http://example.com:8080/", "example.com:8080", "/"),
        ("https://example.com:8443/x", "example.com:8443", "/x"),
        ("  https://example.com/x\n", "example.com", "/x"),
        ("https://example.com/a b/größe.ics", "example.com", "/a%20b/gr%C3%B6%C3%9Fe.ics"),
        ("https://example.com/a%20b", "example.com", "/a%20b"),
        ("https://bücher.example/", "xn--bcher-kva.example", "/"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]", "/"),
        ("https://93.184.216.34/", "93.184.216.34", "/"),
        ("HTTPS://example.com/", "example.com", "/"),
    ],
)  # fmt: skip
def test_a_usual_address_is_taken_apart(url: str, authority: str, target: str) -> None:
    place = place_of(url, NOTHING)
    assert (place.authority, place.target) == (authority, target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "dict://example.com:8080/",
        "javascript:alert(1)",
        "data:text/calendar,BEGIN",
        "webcal://example.com/a.ics",
        "https:///nowhere",
        "https://",
        "https://[::1",
        "https://[v1.abc]/",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://exam\nple.com/",
        "https://example.com/\r\nHost: other",
        "https://example.com\\@127.0.0.1/",
        "https://exam ple.com/",
        "https://example..com/",
        "https://-example.com/",
        "https://%31%32%37.0.0.1/",
        "https://[fe80::1%25eth0]/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 130 + "example/",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(OutboundRefused):
        place_of(url, NOTHING)


@pytest.mark.parametrize(
    "url",
    ["https://elif@example.com/", "https://elif:word@example.com/", "https://example.com@[::1]/"],
)
def test_names_and_passwords_in_an_address_are_refused(url: str) -> None:
    with pytest.raises(OutboundRefused, match="before the “@”"):
        place_of(url, NOTHING)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "0",
        "256.1.1.1",
        "1.2.3.4.5",
        "example.0x7f",
        "１２７．１",
    ],
)
def test_numbers_that_resolvers_would_read_as_addresses_are_refused(host: str) -> None:
    with pytest.raises(OutboundRefused, match="not the name of a server"):
        place_of(f"http://{host}/", NOTHING)


@pytest.mark.parametrize("port", [22, 25, 0, 3306, 6379, 9200])
def test_ports_of_other_trades_are_refused(port: int) -> None:
    with pytest.raises(OutboundRefused, match=f"Port {port} "):
        place_of(f"http://example.com:{port}/", NOTHING)


def test_an_administrator_opens_a_port() -> None:
    assert place_of("http://example.com:9000/", Allowed.of([":9000"])).port == 9000


PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "2606:4700::1111%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_these_addresses_are_not_in_the_public_internet(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111"]
)
def test_these_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_nothing_that_the_standard_library_calls_special_is_public(
    address: IPv4Address | IPv6Address,
) -> None:
    special = (
        *(address.is_private, address.is_loopback, address.is_link_local, address.is_multicast),
        *(address.is_reserved, address.is_unspecified),
    )
    assert not (is_public(address) and any(special))


def addresses(*texts: str) -> list[Address]:
    return [ip_address(text) for text in texts]


def test_one_private_address_among_public_ones_spoils_the_name() -> None:
    place = place_of("https://mixed.example/", NOTHING)
    with pytest.raises(OutboundRefused, match=r"“mixed.example” lies inside a private network"):
        require_open(place, addresses("8.8.8.8", "10.0.0.1"), NOTHING)


@pytest.mark.parametrize("entry", ["10.0.0.1", "10.0.0.0/8", "intern.example", " INTERN.example "])
def test_an_administrator_opens_a_place_of_the_company(entry: str) -> None:
    allowed = Allowed.of([entry, ""])
    require_open(place_of("https://intern.example/", allowed), addresses("10.0.0.1"), allowed)


@pytest.mark.parametrize("entry", ["10.0.0.2", "11.0.0.0/8", "example", "fd00::/8", ":9000"])
def test_what_is_opened_opens_nothing_else(entry: str) -> None:
    allowed = Allowed.of([entry])
    with pytest.raises(OutboundRefused):
        require_open(place_of("https://intern.example/", allowed), addresses("10.0.0.1"), allowed)


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.0.0.1/8", "two words", "*.example", "127.1"])
def test_a_wrong_setting_is_named_at_the_start(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="HELPDESK_OUTBOUND_ALLOW"):
        Allowed.of([entry])
