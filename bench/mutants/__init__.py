"""Mutation testing of the pure core: whether some test fails for every small change of what decides (ADR 7)."""
