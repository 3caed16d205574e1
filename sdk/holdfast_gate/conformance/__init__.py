"""The conformance kit: whether a gate, in whatever language, keeps the contract.

The kit plays the hub on a topic of its own and asks the gate under test over its local API; see `command.py`, and `cases` for the rules. The cases
know of neither Kafka nor HTTP, but of two ports (`ports.py`), so that they run against a gate in process on a virtual clock too.
"""
