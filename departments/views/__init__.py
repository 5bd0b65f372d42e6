"""Pages about departments, services and people."""
