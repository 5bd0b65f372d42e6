"""Attachments: download for those who may see them."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from departments.views.signed_in import SignedIn
from tickets.models import Attachment

# Whatever a file is, in a browser it may run nothing and load nothing.
HARMLESS = "sandbox; default-src 'none'"


@require_safe
@login_required
def attachment(request: SignedIn, pk: int) -> HttpResponseBase:
    """The file as a download; raster pictures open in place with `?inline`."""
    file = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    try:
        content = file.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    in_place = file.is_picture and "inline" in request.GET
    answer = FileResponse(
        content,
        as_attachment=not in_place,
        filename=file.name,
        content_type=file.type if file.is_picture else "application/octet-stream",
    )
    answer["Content-Security-Policy"] = HARMLESS
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, max-age=600"
    return answer
