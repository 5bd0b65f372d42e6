"""A cache whose server is away costs a page nothing but its memory."""

import socket
from typing import Any

import pytest

from helpdesk.lib.forgiving_cache import ForgivingRedisCache


@pytest.fixture
def away() -> ForgivingRedisCache:
    """A cache at a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"OPTIONS": {"socket_connect_timeout": 1}}
    return ForgivingRedisCache(f"redis://127.0.0.1:{port}/0", options)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (("get", "a"), None),
        (("get", "a", 7), 7),
        (("set", "a", 1), None),
        (("add", "a", 1), False),
        (("touch", "a"), False),
        (("delete", "a"), False),
        (("has_key", "a"), False),
        (("get_many", ["a"]), {}),
        (("set_many", {"a": 1}), []),
        (("delete_many", ["a"]), None),
        (("incr", "a"), 1),
        (("clear",), False),
    ],
)
def test_every_question_has_an_answer(
    away: ForgivingRedisCache, call: tuple[Any, ...], answer: Any
) -> None:
    name, *args = call
    assert getattr(away, name)(*args) == answer
