"""The API's services and keys."""
