"""Input from people about departments and services."""
