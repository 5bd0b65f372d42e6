from typing import Any, ClassVar

from django.db import models

class TreeNode(models.Model):
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    objects: ClassVar[Any]
    def ancestors(self, *, include_self: bool = False) -> Any: ...
    def descendants(self, *, include_self: bool = False) -> Any: ...
    class Meta:
        abstract = True
