"""Services over the API: what the caller may ask for."""

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from rest_framework import generics, serializers

from departments.models import Category, Person, Priority, Service
from departments.models.catalogue import ServiceQuerySet
from helpdesk.lib.paging import ByName

if TYPE_CHECKING:
    ServiceSerializerBase = serializers.ModelSerializer[Service]
    ListBase = generics.ListAPIView[Service]
    DetailBase = generics.RetrieveAPIView[Service]
else:
    ServiceSerializerBase = serializers.ModelSerializer
    ListBase = generics.ListAPIView
    DetailBase = generics.RetrieveAPIView


class CategoryOutput(serializers.Serializer[Category]):
    id = serializers.IntegerField()
    group = serializers.IntegerField(source="parent_id", allow_null=True)
    name = serializers.CharField()
    hint = serializers.CharField()


class ServiceOutput(ServiceSerializerBase):
    department = serializers.SlugField(source="department.slug")
    default_priority = serializers.SerializerMethodField()
    categories = CategoryOutput(many=True)

    class Meta:
        model = Service
        fields = [
            "id",
            "department",
            "name",
            "description",
            "default_priority",
            "is_confidential",
            "categories",
        ]

    def get_default_priority(self, service: Service) -> str:
        return Priority(service.default_priority).name.lower()


def offered(person: Person) -> ServiceQuerySet:
    current = Prefetch("categories", Category.objects.filter(is_retired=False))
    return Service.objects.askable_by(person).select_related("department").prefetch_related(current)


class Offered:
    """What this caller may ask for."""

    request: Any
    queryset: Any = Service.objects.none()

    def get_queryset(self) -> ServiceQuerySet:
        return offered(self.request.user)


class ServiceList(Offered, ListBase):
    """Services that you may ask for, with their categories."""

    serializer_class = ServiceOutput
    pagination_class = ByName


class ServiceDetail(Offered, DetailBase):
    """One service."""

    serializer_class = ServiceOutput
