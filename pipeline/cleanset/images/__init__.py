"""Bytes to bounded pixels to hashes."""
