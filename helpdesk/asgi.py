"""The live stream's entry: the same code under ASGI, answering only `/live/` and `/healthz`."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django = get_asgi_application()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Pages belong to the WSGI server: there a request costs less."""
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["type"] == "http" and scope["path"] in {"/live/", "/healthz"}:
        return await django(scope, receive, send)
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    return None


async def lifespan(receive: Any, send: Any) -> None:
    while True:
        happened = await receive()
        await send({"type": f"{happened['type']}.complete"})
        if happened["type"] == "lifespan.shutdown":
            return
