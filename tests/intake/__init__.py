"""Upstream dialects: what is read, what is refused, and who is held because of it."""
