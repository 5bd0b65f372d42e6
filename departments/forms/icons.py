"""The pictures that a service may have, with the names people choose them by."""

from django.utils.translation import pgettext_lazy

# Symbols of static/icons.svg that say something about a service.
ICONS = {
    "help": pgettext_lazy("icon", "Question"),
    "laptop": pgettext_lazy("icon", "Laptop"),
    "phone": pgettext_lazy("icon", "Phone"),
    "printer": pgettext_lazy("icon", "Printer"),
    "wifi": pgettext_lazy("icon", "Network"),
    "key": pgettext_lazy("icon", "Key"),
    "shield": pgettext_lazy("icon", "Shield"),
    "lock": pgettext_lazy("icon", "Lock"),
    "grid": pgettext_lazy("icon", "Programs"),
    "mail": pgettext_lazy("icon", "Mail"),
    "wrench": pgettext_lazy("icon", "Repair"),
    "building": pgettext_lazy("icon", "Building"),
    "door": pgettext_lazy("icon", "Door"),
    "coffee": pgettext_lazy("icon", "Kitchen"),
    "badge": pgettext_lazy("icon", "Badge"),
    "user": pgettext_lazy("icon", "Person"),
    "users": pgettext_lazy("icon", "People"),
    "heart": pgettext_lazy("icon", "Wellbeing"),
    "calendar": pgettext_lazy("icon", "Calendar"),
    "plane": pgettext_lazy("icon", "Travel"),
    "coins": pgettext_lazy("icon", "Money"),
    "chart": pgettext_lazy("icon", "Figures"),
    "scale": pgettext_lazy("icon", "Law"),
    "file": pgettext_lazy("icon", "Document"),
    "book": pgettext_lazy("icon", "Training"),
    "megaphone": pgettext_lazy("icon", "Announcement"),
    "globe": pgettext_lazy("icon", "World"),
    "bulb": pgettext_lazy("icon", "Idea"),
    "image": pgettext_lazy("icon", "Picture"),
    "flag": pgettext_lazy("icon", "Flag"),
}
