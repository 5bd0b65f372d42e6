"""The one exception that means: this is not possible now, and here is what to do."""


class Refused(Exception):
    """A friendly refusal. The text says what happened and what to do now.

    Doors turn it into a page with status 422, a JSON error or a mail.
    """

    def __init__(self, message: object, *, code: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return str(self.message)
