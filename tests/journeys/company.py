"""The cast in the running product: tests run `found` in the product's own environment."""

from django.contrib.auth.hashers import make_password

from departments.models import (
    Calendar,
    Department,
    Installation,
    Person,
    Service,
    SLAPolicy,
)
from tests import cast
from tests.journeys.visitor import PASSWORD
from tests.tickets import rotas
from tickets.models import Mailbox

MISSION = "Laptops, networks, programs. We answer in five languages."


def found() -> None:
    """Aldera in small, with words on its pages and one password for all."""
    for versioned in (SLAPolicy, Calendar):
        versioned.objects.update(current=None)  # A version in force is never deleted.
    for defaults in (Installation, Mailbox, Department, SLAPolicy, Calendar):
        defaults.objects.all().delete()  # what an installation without the demo begins with
    company = cast.found()
    Installation.objects.update(company="Aldera")
    Person.objects.update(password=make_password(PASSWORD))
    rotas.it_rota(company)
    Department.objects.filter(pk=company.it.pk).update(mission=MISSION, phone="+40 21 555 01 02")
    Service.objects.filter(pk=company.laptop.pk).update(
        description="Something is broken, slow or loud.", owner=company.jonas
    )
