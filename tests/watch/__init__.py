"""Watch as a service."""
