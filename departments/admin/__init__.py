"""Django's administration: people, departments, calendars, promises, keys; no requests.

Nothing is deleted here: people lose their sign-in, services retire, keys are revoked. Django's
question before deleting names every row that hangs on a thing, and so would show administrators
the summaries of confidential requests.
"""

from departments.admin import access, calendars, desks, people

__all__ = ["access", "calendars", "desks", "people"]
