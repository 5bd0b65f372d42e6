"""One shape for every error of the API: {"error": {"code", "message", "fields"}}."""

from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from helpdesk.lib.errors import Refused

STATUS_OF_CODE = {"forbidden": status.HTTP_403_FORBIDDEN, "key_reused": status.HTTP_409_CONFLICT}


def handle(problem: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: refusals are 422, everything else as DRF says, in our shape."""
    if isinstance(problem, Refused):
        set_rollback()
        return shaped(problem.code, str(problem), STATUS_OF_CODE.get(problem.code, 422))
    response = exception_handler(problem, context)
    if response is None:
        return None
    if isinstance(problem, ValidationError):
        fields = response.data if isinstance(response.data, dict) else {"": response.data}
        message = "Some fields need another look."
        answer = shaped("invalid", message, response.status_code, fields=fields)
    else:
        detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
        code = getattr(detail, "code", None) or (
            problem.default_code if isinstance(problem, APIException) else "not_found"
        )
        answer = shaped(str(code), str(detail), response.status_code)
    for name in ("Retry-After", "WWW-Authenticate", "Allow"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


def shaped(
    code: str, message: str, status_code: int, *, fields: dict[str, Any] | None = None
) -> Response:
    body = {"error": {"code": code, "message": message, "fields": fields or {}}}
    return Response(body, status=status_code)
