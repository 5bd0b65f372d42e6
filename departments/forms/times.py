"""Which calendar and which promise hold for a desk, or for the whole house."""

from typing import Any

from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.models import Calendar, Department, Installation, SLAPolicy

FROM_LIST = gettext_lazy("Choose from the list.")


class TimesForm(forms.Form):
    """What holds where a service says nothing of its own."""

    calendar = forms.ModelChoiceField(
        Calendar.objects.none(),
        label=gettext_lazy("Opening hours"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), FROM_LIST),
    )
    sla_policy = forms.ModelChoiceField(
        SLAPolicy.objects.none(),
        label=gettext_lazy("Promise"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), FROM_LIST),
    )

    def __init__(
        self, data: Any = None, *, house: Installation, desk: Department | None = None
    ) -> None:
        holder = desk or house
        super().__init__(
            data,
            initial={"calendar": holder.calendar_id, "sla_policy": holder.sla_policy_id},
        )
        fields: dict[str, Any] = self.fields
        for name, model in (("calendar", Calendar), ("sla_policy", SLAPolicy)):
            rows = model.objects.filter(Q(department=None))
            if desk is not None:
                rows = model.objects.offered_to(desk.pk)
                # What was chosen before stays in the list, whosever it is now.
                rows |= model.objects.filter(pk=getattr(desk, f"{name}_id"))
                fields[name].required = False
                words = {"name": getattr(house, name)}
                fields[name].empty_label = _("As everywhere here: %(name)s") % words
            else:
                fields[name].empty_label = None
            house_first = F("department").asc(nulls_first=True)
            fields[name].queryset = rows.order_by(house_first, "name", "pk")
