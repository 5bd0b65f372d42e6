"""Files in a form: each checked alone, the good ones kept when anything else is wrong."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.actions.files import MEGABYTE, check_file, clean_name
from tickets.models import Attachment

Uploads: TypeAlias = "list[UploadedFile[bytes]]"


class FilesInput(forms.FileInput):
    """Several at once; naming pictures first makes phones offer their camera."""

    allow_multiple_selected = True


class FilesField(forms.Field):
    """A list of uploaded files; FormWithFiles checks them one by one."""

    widget = FilesInput

    def clean(self, value: Any) -> Uploads:
        return [file for file in value or () if file]


class FormWithFiles(forms.Form):
    """A form whose files survive: what arrived well is stored and named by `kept` from then on."""

    # The form's own `files` is another thing: Django takes the field away from the class.
    files = FilesField(label=_("Photos or files"), required=False)  # type: ignore[assignment]

    def __init__(
        self, *args: Any, person: Person, kept: Iterable[str] = (), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.person = person
        field, megabytes = self.fields["files"], settings.ATTACHMENT_MAX_BYTES // MEGABYTE
        field.help_text = gettext("Up to %(limit)s MB each. Do not send passwords.") % {
            "limit": megabytes
        }
        field.widget.attrs |= {
            "accept": "image/*,*/*",
            "data-max-bytes": str(settings.ATTACHMENT_MAX_BYTES),
            "data-max-files": str(settings.ATTACHMENT_MAX_COUNT),
        }
        self.good: Uploads = []
        ids = {int(pk) for pk in kept if pk.isascii() and pk.isdigit() and len(pk) < 19}
        mine = Attachment.objects.unsent_of(person)
        self.kept: list[Attachment] = list(mine.filter(pk__in=ids)) if ids else []

    def clean_files(self) -> Uploads:
        """The good files; each bad one is named with its cure."""
        problems: list[str] = []
        room = settings.ATTACHMENT_MAX_COUNT - len(self.kept)
        for upload in self.cleaned_data["files"]:
            try:
                check_file(clean_name(upload.name or ""), upload.size or 0)
            except Refused as refused:
                problems.append(str(refused))
            else:
                self.good.append(upload)
        if len(self.good) > room:
            problems.append(_too_many(self.good[max(0, room) :]))
            del self.good[max(0, room) :]
        if problems:
            raise forms.ValidationError(problems)
        return self.good

    def take(self, uploads: "Iterable[UploadedFile[bytes]]") -> None:
        """Keep what arrived well of a form that was not sent yet; what did not is left out."""
        self.cleaned_data = {"files": list(uploads)}
        with suppress(forms.ValidationError):
            self.clean_files()
        self.keep_files()

    def keep_files(self) -> list[Attachment]:
        """Store what arrived well; safe to call again."""
        for upload in self.good:
            content_type = getattr(upload, "content_type", "") or ""
            self.kept.append(
                actions.keep_file(upload, name=upload.name or "", type=content_type, by=self.person)
            )
        self.good = []
        return self.kept


def drop_unsent(files: Sequence[Attachment], *, by: Person) -> None:
    """Forget files that were kept for a form which had been sent before (a double click)."""
    ids = [file.pk for file in files]
    for file in Attachment.objects.unsent_of(by).filter(pk__in=ids) if ids else ():
        actions.discard_file(file, by=by)


def _too_many(left_out: Uploads) -> str:
    names = ", ".join(clean_name(upload.name or "") for upload in left_out)
    words = ngettext(
        "At most %(count)s file fits. Left out: %(names)s.",
        "At most %(count)s files fit. Left out: %(names)s.",
        settings.ATTACHMENT_MAX_COUNT,
    )
    return words % {"count": settings.ATTACHMENT_MAX_COUNT, "names": names}
