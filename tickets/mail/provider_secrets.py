"""The words that mail providers prove themselves by, from the environment and nowhere else."""

from collections.abc import Mapping

# They sign, so their secret is a key; the others show theirs as “user:password”.
SIGNING = frozenset({"mailgun", "resend"})
SHOWING = frozenset({"postmark", "sendgrid", "amazon_ses", "brevo"})
# They are asked for the letter or its files, with a key of the account.
ASKED = frozenset({"brevo", "resend"})


def secrets_of(name: str, words: Mapping[str, str]) -> list[str]:
    """The provider's secrets; several with commas, while one is being changed."""
    return [secret.strip() for secret in words.get(name, "").split(",") if secret.strip()]


def faults(words: Mapping[str, str]) -> list[str]:
    """What is wrong with the secrets of this installation, for whoever starts it."""
    known = SIGNING | SHOWING | {f"{name}_key" for name in ASKED}
    unknown = sorted(set(words) - known)
    bare = [n for n in sorted(SHOWING) if any(":" not in s for s in secrets_of(n, words))]
    keyless = [name for name in sorted(ASKED) if name in words and not words.get(f"{name}_key")]
    return [
        *(f"{variable(name)} is of no mail provider that we know." for name in unknown),
        *(f"{variable(name)} must be user:password." for name in bare),
        *(
            f"Set {variable(name)}_KEY: the provider is asked for letters with it."
            for name in keyless
        ),
    ]


def variable(name: str) -> str:
    return f"MAIL_HOOK_{name.upper()}"
