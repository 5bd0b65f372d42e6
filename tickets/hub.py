"""The switchboard of one live process: hints come in once and go to whoever may hear them.

With Redis a published hint wakes it; without, it looks into the event log twice a second, once
for all listeners. The log is the memory: a listener that was away says what it heard last.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from redis import RedisError
from redis import asyncio as redis

from tickets import live
from tickets.models import Notification, TicketEvent

log = logging.getLogger(__name__)
Hint = dict[str, Any]
LOOK_EVERY = 0.5  # Seconds between two looks into the log, where there is no Redis.
REPLAY_AT_MOST = 100
QUEUE_SIZE = 100
REFRESH: Hint = {"id": 0, "ticket": "", "desk": "", "topics": []}


class Hub:
    """Listeners of this process and the one task that feeds them."""

    def __init__(self) -> None:
        self.listeners: dict[asyncio.Queue[Hint], frozenset[str]] = {}
        self.feeder: asyncio.Task[None] | None = None

    async def listen(self, topics: frozenset[str], after: int) -> AsyncIterator[Hint]:
        """Hints for these topics, beginning with those missed since event `after` (0: none)."""
        queue: asyncio.Queue[Hint] = asyncio.Queue(QUEUE_SIZE)
        self.listeners[queue] = topics
        if self.feeder is None or self.feeder.done():
            self.feeder = asyncio.create_task(self._feed())
        try:
            for hint in await missed(topics, after):
                yield hint
            while True:
                yield await queue.get()
        finally:
            del self.listeners[queue]

    def spread(self, hint: Hint) -> None:
        """Give a hint to everybody who may hear it; who is far behind looks at everything."""
        heard_by = frozenset(hint["topics"])
        for queue, topics in self.listeners.items():
            if not topics & heard_by:
                continue
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait({**REFRESH, "topics": sorted(topics)})
            else:
                queue.put_nowait(hint)

    async def _feed(self) -> None:
        source = self._from_redis if settings.REDIS_URL else self._from_log
        while self.listeners:
            try:
                await source()
            except (RedisError, DatabaseError, OSError) as problem:
                log.warning("live.source_lost error=%s", type(problem).__name__)
                await asyncio.sleep(1)

    async def _from_redis(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL)
        async with client, client.pubsub() as channel:
            await channel.subscribe(live.CHANNEL)
            while self.listeners:
                heard = await channel.get_message(ignore_subscribe_messages=True, timeout=5)
                if heard is not None:
                    self.spread(json.loads(heard["data"]))

    async def _from_log(self) -> None:
        event, notice = await newest()
        while self.listeners:
            await asyncio.sleep(LOOK_EVERY)
            hints, event, notice = await news(event, notice)
            for hint in hints:
                self.spread(hint)


hub = Hub()


@sync_to_async
def newest() -> tuple[int, int]:
    """The ids of the newest event and notice."""
    close_old_connections()
    event = TicketEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    notice = Notification.objects.order_by("-pk").values_list("pk", flat=True).first()
    return event or 0, notice or 0


@sync_to_async
def news(event: int, notice: int) -> tuple[list[Hint], int, int]:
    """Hints for what is newer than this event and this notice, and the new newest ids."""
    close_old_connections()
    events = list(
        TicketEvent.objects.filter(pk__gt=event)
        .select_related("ticket__desk", "ticket__service")
        .order_by("pk")[:REPLAY_AT_MOST]
    )
    notices = list(
        Notification.objects.filter(pk__gt=notice)
        .order_by("pk")
        .values_list("pk", "person_id")[:REPLAY_AT_MOST]
    )
    hints = [live.hint(row) for row in events]
    hints += [{**REFRESH, "topics": [f"person:{person}"]} for _pk, person in notices]
    return (
        hints,
        events[-1].pk if events else event,
        notices[-1][0] if notices else notice,
    )


@sync_to_async
def missed(topics: frozenset[str], after: int) -> list[Hint]:
    """What somebody with these topics missed; one hint to look at everything when it is much."""
    if not after:
        return []
    close_old_connections()
    later = (
        TicketEvent.objects.filter(pk__gt=after)
        .select_related("ticket__desk", "ticket__service")
        .order_by("pk")
    )
    rows = list(later[: REPLAY_AT_MOST + 1])
    if len(rows) > REPLAY_AT_MOST:
        return [{**REFRESH, "topics": sorted(topics)}]
    hints: list[Hint] = [live.hint(row) for row in rows]
    return [hint for hint in hints if topics & frozenset(hint["topics"])]
