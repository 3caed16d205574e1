"""Every test is a sentence about law or failure.

core: the decision; scenarios: timelines on the whole hub; broker: a real Kafka; contract: schemas; gate: the SDK; intake: dialects; house: the rest.
"""
