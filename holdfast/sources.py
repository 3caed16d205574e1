"""The upstream sources: which topic each speaks on, and who answers for it; and the answers that the hub asked for itself."""

from __future__ import annotations

#: Topic to the name of its source, as heartbeats, marks and seals call it.
SOURCE_OF_TOPIC = {
    "court-results": "court",
    "custody-events": "custody",
    "immigration-events": "immigration",
    "resolutions": "resolutions",
}
TOPIC_OF_SOURCE = {source: topic for topic, source in SOURCE_OF_TOPIC.items()}

#: What systems of record answered when the hub asked. No source: it has no heartbeats, no marks, and no seal speaks of it, for while an answer is
#: missing the doubt that asks for it holds.
ENRICHMENTS = "enrichments"
#: Every topic that intake reads.
READ_BY_INTAKE = (*SOURCE_OF_TOPIC, ENRICHMENTS)

#: What can be asked, by the first part of what a doubt is about (`<route>/<key>`): the topic on which its answer would have been told unasked.
TOPIC_OF_ROUTE = {
    "prisoner": "custody-events",
    "booking": "custody-events",
    "alerts": "custody-events",
    "recalls": "custody-events",
    "sentence-dates": "custody-events",
    "immigration": "immigration-events",
    "court-document": "court-results",
    "court-hearing": "court-results",
}
#: Routes whose key is a prison number.
ROUTES_BY_NUMBER = frozenset({"prisoner", "alerts", "recalls", "sentence-dates", "immigration"})


def gap_source(topic: str) -> str:
    """The source that has a gap where a record of `topic` can be read by nobody and names nobody.

    Almost everything is asked by number, so an answer that names nobody is most likely about a court's paper. A gap of any source refers everybody.
    """
    return "court" if topic == ENRICHMENTS else SOURCE_OF_TOPIC[topic]
