"""A manifest checked from its own evidence."""
