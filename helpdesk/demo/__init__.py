"""Aldera, an invented company: its people, its services, and ninety days of its requests."""
