"""Who is calling: a personal token in `Authorization: Bearer …`."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request as AnyRequest

from departments.actions import tokens
from departments.models import Person


class Request(AnyRequest):
    """A call behind `IsAuthenticated`: somebody makes it."""

    user: Person


class TokenAuthentication(BaseAuthentication):
    """Acts as the token's person, with exactly that person's permissions."""

    def authenticate(self, request: AnyRequest) -> tuple[Person, str] | None:
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        person = tokens.person_of(secret.decode("latin-1").strip())
        if person is None:
            raise AuthenticationFailed(_("This token is not valid. Ask for a new one."))
        return person, "token"

    def authenticate_header(self, request: AnyRequest) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
