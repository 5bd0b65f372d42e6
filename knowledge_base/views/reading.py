"""Reading: all articles by department, one article in one language, and what readers say."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from departments.views.signed_in import SignedIn
from knowledge_base import reading, search
from knowledge_base.actions.voting import vote
from knowledge_base.models import Article

LONGEST_QUESTION = 300


@require_safe
@login_required
def knowledge(request: SignedIn) -> HttpResponse:
    """What every department has to tell this reader; with `q`, what fits the words."""
    question = " ".join(request.GET.get("q", "").split())[:LONGEST_QUESTION]
    context: dict[str, object] = {"question": question}
    if question:
        context["found"] = search.find(request.user, question)
    else:
        context["shelves"] = reading.shelves(request.user)
    return render(request, "knowledge_base/knowledge.html", context)


@require_safe
@login_required
def permalink(request: SignedIn, pk: int) -> HttpResponseBase:
    """The article in the language that its reader understands best."""
    article = _found(request, pk)
    chosen = reading.best(reading.live_of(article), request.user.language, article.source_language)
    if chosen is None:
        raise Http404
    return redirect(chosen)


@require_safe
@login_required
def article(request: SignedIn, pk: int, language: str, name: str) -> HttpResponseBase:
    """One article in one language; an old address leads to the new one."""
    found = _found(request, pk)
    translation = reading.best(reading.live_of(found), language, found.source_language)
    if translation is None:
        raise Http404
    if (translation.language, translation.slug or "-") != (language, name):
        return redirect(translation)
    page = reading.page_of(found, translation, request.user)
    return render(request, "knowledge_base/article.html", {"page": page})


@require_POST
@login_required
def say(request: SignedIn, pk: int) -> HttpResponseBase:
    """Whether it helped; the page says thanks and asks what was missing."""
    found = _found(request, pk)
    translation = reading.best(
        reading.live_of(found), request.POST.get("language", ""), found.source_language
    )
    helped = request.POST.get("helped")
    if translation is None or helped not in {"yes", "no"}:
        raise Http404
    reason = request.POST.get("reason", "")
    vote(
        found,
        by=request.user,
        helped=helped == "yes",
        language=translation.language,
        reason=reason,
    )
    if helped == "yes":
        messages.success(request, _("Thank you. Good that it works."))
    elif reason.strip():
        messages.success(request, _("Thank you. The owner of this article reads it."))
    return redirect(f"{translation.get_absolute_url()}#helped")


def _found(request: SignedIn, pk: int) -> Article:
    found = reading.find(request.user, pk)
    if found is None:
        raise Http404
    return found
