"""Every metric, once: names, units and labels are a promise to whoever alerts on them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

READ = Counter("holdfast_records_read_total", "Records read, by service and topic.", ["service", "topic"])
WRITTEN = Counter("holdfast_records_written_total", "Records committed, by service and topic.", ["service", "topic"])
DEAD_LETTERS = Counter("holdfast_dead_letters_total", "Upstream records that could not be read.", ["topic", "reason"])
SAID_NOTHING = Counter("holdfast_records_without_bearing_total", "Upstream records known to say nothing about custody.", ["topic", "what"])
QUERIES = Counter("holdfast_notices_with_queries_total", "Notices written that hold somebody for a doubt of the hub's own.")
RESTARTS = Counter("holdfast_lane_restarts_total", "Partitions that were started again after a failure.", ["service", "error"])
READY = Gauge("holdfast_ready", "1 when the service has caught up on every partition that it owns.", ["service"])
STEP_SECONDS = Histogram("holdfast_step_seconds", "Time to fold one batch.", ["service"], buckets=_SECONDS)
COMMIT_SECONDS = Histogram("holdfast_commit_seconds", "Time of one transaction.", ["service"], buckets=_SECONDS)
SEALED_AT = Gauge("holdfast_sealed_at_timestamp_seconds", "T of the newest seal, by partition of vetoes.", ["partition"])
CAUGHT_UP = Gauge("holdfast_source_caught_up_timestamp_seconds", "How far each source is known to be complete.", ["source"])
ENRICHMENT_PENDING = Gauge("holdfast_enrichment_pending", "Doubts that wait for an answer; asked=no: no route is configured.", ["route", "asked"])
ENRICHMENT_OLDEST = Gauge("holdfast_enrichment_oldest_pending_timestamp_seconds", "Since when the oldest of them waits; 0: none does.")
ENRICHMENT_ATTEMPTS = Counter("holdfast_enrichment_attempts_total", "Requests to systems of record, by what came of them.", ["host", "outcome"])
ENRICHMENT_SECONDS = Histogram("holdfast_enrichment_request_seconds", "Time of one request.", ["host"], buckets=_SECONDS)
BREAKER = Gauge("holdfast_enrichment_breaker", "0 closed, 1 half-open, 2 open: the host is left alone.", ["host"])
_DELIVERY_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
VETO_HONOURED = Histogram(
    "holdfast_veto_honoured_seconds", "From the upstream record to every expected gate honouring the veto.", buckets=_DELIVERY_SECONDS
)
VETO_HONOURED_HOUR = Gauge("holdfast_veto_honoured_last_hour_seconds", "The same of the last hour by T, by quantile.", ["quantile"])
VETOES_WAITING = Gauge("holdfast_vetoes_waiting", "Vetoes that some expected gate has not honoured yet.")
VETOES_GIVEN_UP = Counter(
    "holdfast_vetoes_given_up_total", "Vetoes that are not measured any more, because a gate that had not honoured them is gone."
)
GATE_SEALED_AT = Gauge("holdfast_gate_sealed_at_timestamp_seconds", "T of the oldest of the newest seals that a gate has told of.", ["gate"])
INCIDENTS = Counter("holdfast_incidents_total", "What watch has said: found, added to or over.", ["kind", "what"])
REPORTS_UNREADABLE = Counter("holdfast_gate_reports_unreadable_total", "Reports that are none, or of no partition that there is.", ["reason"])
REGISTRY_REQUESTS = Counter("holdfast_schema_registry_requests_total", "Requests to the schema registry, by what came of them.", ["outcome"])
REGISTRY_UNANSWERED = Gauge("holdfast_schema_registry_unanswered_ids", "Schema ids that records wait for, because the registry does not answer.")
REGISTRY_WAITING = Gauge("holdfast_schema_registry_waiting_since_timestamp_seconds", "Since when the oldest of them is waited for; 0: none is.")
LAG = Gauge("kafka_consumergroup_lag", "Records not read yet.", ["consumergroup", "topic", "partition"])
