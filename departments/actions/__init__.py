"""The verbs of departments: people, services, calendars, and the installation's pulse."""
