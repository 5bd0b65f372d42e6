"""Who may write, review and publish what a department knows."""

from django.utils.translation import gettext as _

from departments.models import Department, Person, Role
from departments.permissions import has_role
from helpdesk.lib.errors import Refused
from knowledge_base.models import Article, Revision


def may_write(person: Person, department: Department) -> bool:
    """Agents and leads of the desk; observers read along."""
    return has_role(person, department, Role.AGENT, Role.LEAD)


def may_edit(person: Person, article: Article) -> bool:
    return Article.objects.writable_by(person).filter(pk=article.pk).exists()


def may_publish(person: Person, revision: Revision) -> bool:
    """Leads of the desk, and the person whom the writer asked to look at it."""
    article = revision.translation.article
    if not may_edit(person, article):
        return False
    is_asked = revision.reviewer_id == person.pk != revision.written_by_id
    return is_asked or has_role(person, article.department, Role.LEAD)


def may_settle(person: Person, article: Article) -> bool:
    """Leads say who reads an article, and put it away."""
    return may_edit(person, article) and has_role(person, article.department, Role.LEAD)


def require_write(person: Person, department: Department) -> None:
    if not may_write(person, department):
        raise Refused(_("Only people who work at this desk write its articles."), code="forbidden")


def require_edit(person: Person, article: Article) -> None:
    if not may_edit(person, article):
        raise Refused(_("Only people who work at this desk write its articles."), code="forbidden")


def require_publish(person: Person, revision: Revision) -> None:
    if not may_publish(person, revision):
        raise Refused(
            _("A lead of the desk publishes it, or whom you ask to read it."), code="forbidden"
        )


def require_settle(person: Person, article: Article) -> None:
    if not may_settle(person, article):
        raise Refused(_("Only a lead of the desk decides who reads an article."), code="forbidden")
