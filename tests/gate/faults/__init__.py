"""A thousand faults between hub and gate, on a clock of their own."""
