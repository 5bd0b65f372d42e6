"""Publishing: what leads do with the services of their desk and with the categories inside."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from departments import permissions
from departments.actions.choosing import note_choice
from departments.models import Category, Department, Person, Service, SLAPolicy
from helpdesk.lib.errors import Refused

State = Service.State

# What may be said about a service, and which of it are sets of rows.
WORDS = frozenset(
    (
        *("name", "description", "icon", "order", "owner", "default_priority"),
        *("is_confidential", "sla_policy", "calendar", "counts_third_party", "reopen_days"),
        *("window_is_business", "remind_days", "resolve_silent_days"),
    )
)
SETS = frozenset({"audience", "group"})
# What the clocks of its requests count by.
COUNTED_BY = ("sla_policy_id", "calendar_id", "counts_third_party")

# From where a service may go to where; everything else is refused.
MOVES: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.PUBLISHED, State.RETIRED}),
    State.PUBLISHED: frozenset({State.DRAFT, State.RETIRED}),
    State.RETIRED: frozenset({State.DRAFT}),
}


class ChangedMeanwhile(Refused):
    """Somebody else saved the service after the editor was opened."""

    def __init__(self, service: Service) -> None:
        super().__init__(
            _(
                "Somebody changed this service while you were writing. Nothing of yours is lost: "
                "compare, then save again."
            ),
            code="changed_meanwhile",
        )
        self.service = service


# --- Services -------------------------------------------------------------------------------


@transaction.atomic
def create_service(department: Department, *, by: Person, **values: Any) -> Service:
    """A new draft on the department's shelf."""
    permissions.require_publish(by, department)
    service = Service(department=department)
    _write(service, values)
    return service


@transaction.atomic
def edit_service(service: Service, *, by: Person, seen: datetime | None, **values: Any) -> Service:
    """Change what is said about a service.

    `seen` is the `changed_at` that the writer had before their eyes (None: they take what is
    there). Confidentiality is a matter of new requests: each request keeps the flag it was
    opened with, so turning it off never opens an old one.
    """
    service = _locked(service, by)
    if seen is not None and seen != service.changed_at:
        raise ChangedMeanwhile(service)
    had_readers = service.group.exists()
    counted_by = _counted_by(service)
    _write(service, values)
    if _counted_by(service) != counted_by:
        note_choice(service=service)
    if had_readers and service.state != State.DRAFT and not service.group.exists():
        raise Refused(
            _("Keep at least one person: somebody has to read what came in confidentially."),
            code="no_readers",
        )
    if service.is_published:
        _require_readers(service)
    return service


def publish_service(service: Service, *, by: Person) -> Service:
    """From now on its audience sees it and can ask."""
    return _move(service, State.PUBLISHED, by)


def retire_service(service: Service, *, by: Person) -> Service:
    """Nobody can ask for it any more; its requests stay and are worked to the end."""
    return _move(service, State.RETIRED, by)


def return_to_draft(service: Service, *, by: Person) -> Service:
    """Off the shelf until it is published (again)."""
    return _move(service, State.DRAFT, by)


@transaction.atomic
def _move(service: Service, state: str, by: Person) -> Service:
    service = _locked(service, by)
    if service.state == state:
        return service  # A second click on the same button.
    if state not in MOVES[service.state]:
        raise Refused(
            _("A retired service goes back to draft first, then it can be published."),
            code="not_possible",
        )
    service.state = state
    if service.is_published:
        _require_readers(service)
    service.save(update_fields=["state", "changed_at"])
    return service


def _locked(service: Service, by: Person) -> Service:
    service = Service.objects.select_for_update().get(pk=service.pk)
    permissions.require_publish(by, service.department)
    return service


def _write(service: Service, values: dict[str, Any]) -> None:
    if strange := set(values) - WORDS - SETS:
        raise TypeError(f"A service has no {', '.join(sorted(strange))}.")
    for name in WORDS & set(values):
        setattr(service, name, values[name])
    service.save()
    for name in SETS & set(values):
        getattr(service, name).set(values[name])


def _counted_by(service: Service) -> list[object]:
    return [getattr(service, name) for name in COUNTED_BY]


def _require_readers(service: Service) -> None:
    if service.is_confidential and not permissions.people_who_may_read(service).exists():
        raise Refused(
            _(
                "Nobody could read these confidential requests. Choose at least one person of "
                "your desk under “Who may read”, then publish."
            ),
            code="no_readers",
        )


# --- Categories -----------------------------------------------------------------------------


@transaction.atomic
def add_category(
    service: Service,
    *,
    by: Person,
    name: str,
    parent: Category | None = None,
    hint: str = "",
    priority: int | None = None,
    sla_policy: SLAPolicy | None = None,
) -> Category:
    """A new kind of problem, last among its siblings."""
    service = _locked(service, by)
    category = Category(service=service, name=name, hint=hint, priority=priority)
    category.sla_policy = sla_policy
    _put_below(category, parent)
    category.order = len(_siblings(category))
    return _kept(category)


@transaction.atomic
def edit_category(
    category: Category,
    *,
    by: Person,
    name: str,
    parent: Category | None = None,
    hint: str = "",
    priority: int | None = None,
    sla_policy: SLAPolicy | None = None,
) -> Category:
    category = _held(category, by)
    if category.sla_policy_id != (sla_policy.pk if sla_policy else None):
        note_choice(category=category)
    category.name, category.hint = name, hint
    category.priority, category.sla_policy = priority, sla_policy
    if category.parent_id != (parent.pk if parent else None):
        _put_below(category, parent)
        category.order = len(_siblings(category))
    return _kept(category)


@transaction.atomic
def move_category(category: Category, *, by: Person, up: bool) -> Category:
    """One place up or down among its siblings; at the end of the list nothing happens."""
    category = _held(category, by)
    siblings = _siblings(category)
    here = siblings.index(category)
    there = here - 1 if up else here + 1
    if 0 <= there < len(siblings):
        siblings[here], siblings[there] = siblings[there], siblings[here]
    for order, sibling in enumerate(siblings):
        sibling.order = order
    Category.objects.bulk_update(siblings, ["order"])
    return siblings[max(0, min(there, len(siblings) - 1))]


@transaction.atomic
def retire_category(category: Category, *, by: Person) -> Category:
    """Nobody can choose it any more, nor what is below it; requests that have it keep it."""
    return _retire(_held(category, by), is_retired=True)


@transaction.atomic
def restore_category(category: Category, *, by: Person) -> Category:
    """It can be chosen again, with what is below it."""
    category = _held(category, by)
    if category.parent is not None and category.parent.is_retired:
        raise Refused(_("Bring back “%(name)s” first.") % {"name": category.parent.name})
    return _retire(category, is_retired=False)


def _held(category: Category, by: Person) -> Category:
    """The category as it is now, its whole service locked against other editors."""
    service = _locked(category.service, by)
    return Category.objects.select_related("service", "parent").get(pk=category.pk, service=service)


def _siblings(category: Category) -> list[Category]:
    return list(Category.objects.filter(service=category.service, parent=category.parent_id))


def _put_below(category: Category, parent: Category | None) -> None:
    if parent is not None:
        parent = Category.objects.get(pk=parent.pk)  # As it is now, under the service's lock.
        if parent.service_id != category.service_id or parent == category:
            raise Refused(_("Choose a group of the same service."))
        if parent.is_retired:
            raise Refused(_("Bring back “%(name)s” first.") % {"name": parent.name})
        if parent.parent_id is not None or (category.pk and category.children.exists()):
            raise Refused(_("Categories have two levels at most. Choose another group."))
    category.parent = parent


def _kept(category: Category) -> Category:
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError:
        raise Refused(_("There is a category with this name already.")) from None
    return category


def _retire(category: Category, *, is_retired: bool) -> Category:
    category.is_retired = is_retired
    category.save(update_fields=["is_retired"])
    category.children.update(is_retired=is_retired)
    return category
