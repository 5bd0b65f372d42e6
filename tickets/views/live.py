"""The live stream: server-sent events that say “look again”, never what there is to see."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from departments.models import Person
from tickets.hub import hub
from tickets.live import topics_of

# A stream ends after this many seconds; the browser comes back and is asked again who it is.
LIFETIME = 300
KEEP_ALIVE = 20


@require_GET
async def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Hints for the signed-in person; 401 for everybody else, which ends an EventSource."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)  # A page server would lose a thread to each open page.
    person = await request.auser()
    if not isinstance(person, Person):
        return HttpResponse(status=401)
    topics = await sync_to_async(topics_of)(person)
    last = request.headers.get("Last-Event-ID", "")
    answer = StreamingHttpResponse(
        lines(topics, int(last) if last.isdecimal() and len(last) < 18 else 0),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )
    if origin := own_page(request):
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Allow-Credentials"] = "true"
        answer["Vary"] = "Origin"
    return answer


def own_page(request: HttpRequest) -> str:
    """The page's origin, where the stream has a port of its own on the same host."""
    origin = request.headers.get("Origin", "")
    same_host = urlsplit(origin).hostname == urlsplit(f"//{request.get_host()}").hostname
    same_page = urlsplit(origin).port == settings.LIVE_PORT - 1
    return origin if settings.LIVE_PORT and same_host and same_page else ""


async def lines(topics: frozenset[str], after: int) -> AsyncIterator[str]:
    """The stream as text (WHATWG HTML, server-sent events), ending by itself."""
    yield "retry: 2000\n\n"
    hints = hub.listen(topics, after)
    ends = asyncio.get_running_loop().time() + LIFETIME
    waiting = asyncio.ensure_future(anext(hints))
    try:
        while asyncio.get_running_loop().time() < ends:
            done, _pending = await asyncio.wait({waiting}, timeout=KEEP_ALIVE)
            if not done:
                yield ": here\n\n"
                continue
            yield as_event(waiting.result())
            waiting = asyncio.ensure_future(anext(hints))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await hints.aclose()  # type: ignore[attr-defined]


def as_event(hint: dict[str, object]) -> str:
    """One hint as the page hears it; who else may hear it stays out."""
    if not hint["id"]:
        topics = ["everything"]
    else:
        topics = [f"desk:{hint['desk']}"] if hint["desk"] else []
    said = json.dumps({"ticket": hint["ticket"], "topics": topics})
    number = f"id: {hint['id']}\n" if hint["id"] else ""
    return f"{number}event: hint\ndata: {said}\n\n"
