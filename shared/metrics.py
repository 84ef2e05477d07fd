"""Every metric of every service, a sentence each; Prometheus reads them on the admin ports."""

from prometheus_client import Counter, Gauge, Histogram

# Every process that raises alarms.
ALARM = Gauge("crossfade_alarm", "1 while the alarm is raised, 0 while it is not", ["alarm"])

# The producer.
DOCUMENTS_READ = Counter("crossfade_documents_read_total", "Documents read from London", ["type", "why"])
RECORDS_PUBLISHED = Counter("crossfade_records_published_total", "Records acknowledged by the log", ["topic"])
RECORDS_REFUSED = Counter(
    "crossfade_records_refused_total", "Documents of London that could not become records", ["type"]
)
FOLLOW_LAG = Gauge(
    "crossfade_follow_lag_seconds", "Since when the log lacks something of London; not a number where others follow"
)
RETENTION_HEADROOM = Gauge(
    "crossfade_retention_headroom_seconds",
    "What is left until London deletes binlog that the log lacks; not a number where it keeps it without a limit",
)
DIRTY_DOCUMENTS = Gauge("crossfade_dirty_documents", "Documents that wait to be read again in the slow lane")

# The persister.
RECORDS_APPLIED = Counter(
    "crossfade_records_applied_total", "Records by what was decided about them", ["type", "decision"]
)
BATCHES_STORED = Counter("crossfade_batches_stored_total", "Transactions of rows and offsets committed")
STORE_SECONDS = Histogram("crossfade_store_seconds", "Time of one such transaction")
REGION_LAG = Gauge(
    "crossfade_region_lag_records",
    "Records in the log that are not in the region yet; not a number while that cannot be told",
    ["topic"],
)

# The APIs and the gateway.
ANSWERS = Counter("crossfade_answers_total", "Answers by endpoint and HTTP status", ["endpoint", "status"])
ANSWER_SECONDS = Histogram("crossfade_answer_seconds", "Time from the request read to the answer written", ["endpoint"])
QUOTA_EXCHANGES = Counter(
    "crossfade_quota_exchanges_total", "Lease exchanges with the database by outcome", ["outcome"]
)
