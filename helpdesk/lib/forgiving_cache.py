"""A Redis cache that is only a help: while Redis is away it forgets, and no page fails."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

log = logging.getLogger(__name__)


def forgiving(otherwise: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer with `otherwise(*the call's arguments)` where Redis does not answer."""

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def forgave(self: Any, *args: Any, **named: Any) -> Any:
            try:
                return method(self, *args, **named)
            except RedisError as problem:
                log.warning("cache.away error=%s", type(problem).__name__)
                return otherwise(*args, **named)

        return forgave

    return wrap


def nothing(*args: Any, **named: Any) -> None:
    return None


def no(*args: Any, **named: Any) -> bool:
    return False


def the_default(key: str, default: Any = None, version: int | None = None) -> Any:
    return default


class ForgivingRedisCache(RedisCache):
    """Throttles count again from nothing after an outage; that is the price."""

    get = forgiving(the_default)(RedisCache.get)
    set = forgiving(nothing)(RedisCache.set)
    add = forgiving(no)(RedisCache.add)
    touch = forgiving(no)(RedisCache.touch)
    delete = forgiving(no)(RedisCache.delete)
    has_key = forgiving(no)(RedisCache.has_key)
    get_many = forgiving(lambda *args, **named: {})(RedisCache.get_many)
    set_many = forgiving(lambda *args, **named: [])(RedisCache.set_many)
    delete_many = forgiving(nothing)(RedisCache.delete_many)
    incr = forgiving(lambda *args, **named: 1)(RedisCache.incr)
    clear = forgiving(no)(RedisCache.clear)
