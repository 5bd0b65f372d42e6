"""The API's tickets and messages."""
