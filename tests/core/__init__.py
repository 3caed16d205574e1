"""The decision, tested as law: examples beside properties, without clock, broker or network."""
