"""The upstream sources: which topic each speaks on, and who answers for it."""

from __future__ import annotations

#: Topic to the name of its source, as heartbeats, marks and seals call it.
SOURCE_OF_TOPIC = {
    "court-results": "court",
    "custody-events": "custody",
    "immigration-events": "immigration",
    "resolutions": "resolutions",
}
TOPIC_OF_SOURCE = {source: topic for topic, source in SOURCE_OF_TOPIC.items()}
