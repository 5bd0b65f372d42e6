"""What Aldera's departments have written down, some of it in five languages."""

from datetime import datetime, timedelta
from pathlib import Path

from helpdesk.demo.company import Company
from helpdesk.demo.people import HEADS
from knowledge_base import article_files
from knowledge_base.actions import voting
from knowledge_base.actions.importing import bring_in
from knowledge_base.models import Article

FOLDER = Path(__file__).parent / "words" / "articles"
AGE = timedelta(days=60)
READERS = ("elif", "radu", "lena", "oliver", "yuki", "emre", "stefan", "greta", "priya", "nora")


def write(company: Company, now: datetime) -> None:
    """Every department's articles, published by its head some time ago, with what readers say."""
    for folder in sorted(each for each in FOLDER.iterdir() if each.is_dir()):
        head = company.people[HEADS[folder.name]]
        files = article_files.in_folder(folder)
        desk = company.desks[folder.name]
        brought = bring_in(desk, files, by=head, at=now - AGE, publishes=True)
        if brought.refused:
            raise ValueError("; ".join(brought.refused))
    for place, article in enumerate(Article.objects.order_by("pk")):
        for key in READERS[: 3 + place % 7]:
            helped = (len(key) + place) % 5 > 0
            reader = company.people[key]
            voting.vote(article, by=reader, helped=helped, language="en", at=now - AGE / 2)
