"""Fields that hold domains or addresses, one a line."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from departments.models.people import plain_address, plain_domain

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
MOST_LINES = 200


class LinesField(forms.CharField):
    """Each line one domain, or one address where that is allowed, in plain form and once."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"})

    def __init__(self, *, with_addresses: bool = False, **options: Any) -> None:
        self.with_addresses = with_addresses
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        words = super().clean(value).replace(",", " ").replace(";", " ").split()
        if len(words) > MOST_LINES:
            raise ValidationError(_("At most %(n)s lines.") % {"n": MOST_LINES})
        return "\n".join(dict.fromkeys(map(self._plain, words)))

    def _plain(self, word: str) -> str:
        if self.with_addresses and "@" in word.strip("@"):
            plain = plain_address(word)
            validate_email(plain)
            return plain
        domain = plain_domain(word.lstrip("@").removeprefix("*."))
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            raise ValidationError(
                _("“%(word)s” is no domain. Write it like example.com.") % {"word": word[:80]}
            )
        return domain
