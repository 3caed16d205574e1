"""Whose fact a claim is."""
