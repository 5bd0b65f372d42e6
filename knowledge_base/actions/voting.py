"""What a reader says of an article."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from departments.models import Person
from knowledge_base.models import Article, Vote


@transaction.atomic
def vote(
    article: Article,
    *,
    by: Person,
    helped: bool,
    language: str,
    reason: str = "",
    at: datetime | None = None,
) -> Vote:
    """Keep whether it helped; the same person's later word takes the place of the first."""
    article = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    made, _is_new = Vote.objects.update_or_create(
        article=article,
        person=by,
        defaults={
            "helped": helped,
            "language": language,
            "reason": "" if helped else reason.strip()[:500],
            "at": at or timezone.now(),
        },
    )
    counted = article.votes.aggregate(helped=Count("pk", filter=Q(helped=True)), voted=Count("pk"))
    Article.objects.filter(pk=article.pk).update(**counted)
    return made
