"""Attachments: download for those who may see them, signed in or by the link in their mail."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from departments.models import Person
from departments.views.signed_in import SignedIn
from tickets.mail import file_links
from tickets.models import Attachment

# Whatever a file is, in a browser it may run nothing and load nothing.
HARMLESS = "sandbox; default-src 'none'"


@require_safe
@login_required
def attachment(request: SignedIn, pk: int) -> HttpResponseBase:
    """The file as a download; raster pictures open in place with `?inline`."""
    file = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    answer = _content(file, in_place=file.is_picture and "inline" in request.GET)
    answer["Cache-Control"] = "private, max-age=600"
    return answer


@never_cache
@require_safe
def mailed(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in a mail leads to; programs that follow links load no file."""
    now = timezone.now()
    proof = _proof(request, token)
    if proof is None or proof.is_over(now):
        return _over(request, proof)
    with translation.override(proof.person.language), timezone.override(proof.person.zone):
        context = {"proof": proof, "file": proof.file, "token": token}
        return render(request, "tickets/files/mailed.html", context)


@never_cache
@require_safe
def mailed_download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file itself, for whoever holds the link as long as it lasts."""
    proof = _proof(request, token)
    if proof is None or proof.is_over(timezone.now()):
        return _over(request, proof)
    return _content(proof.file)


def _proof(request: HttpRequest, token: str) -> file_links.Proof | None:
    """What the link proves, while its person and whoever is signed in may see the file."""
    proof = file_links.read(token)
    if proof is None:
        return None
    reader = request.user if isinstance(request.user, Person) else proof.person
    return proof if proof.may_open(*{proof.person, reader}) else None


def _over(request: HttpRequest, proof: file_links.Proof | None) -> HttpResponse:
    """The same words whatever is the matter; only who may see the request is led to it."""
    ticket = proof.file.message.ticket if proof and proof.file.message else None
    status = 404 if ticket is None else 410
    return render(request, "tickets/files/over.html", {"ticket": ticket}, status=status)


def _content(file: Attachment, *, in_place: bool = False) -> FileResponse:
    try:
        content = file.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(
        content,
        as_attachment=not in_place,
        filename=file.name,
        content_type=file.type if file.is_picture else "application/octet-stream",
    )
    answer["Content-Security-Policy"] = HARMLESS
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
