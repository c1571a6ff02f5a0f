"""The board for whoever keeps the daemon: transactions, stages, clients, queues, feeds, the process."""

from . import settings
from .panels import (
    GREEN,
    RED,
    YELLOW,
    Board,
    bars,
    graph,
    increase,
    listing,
    number,
    per_second,
    quantile,
    rate,
    select,
)

_JOB = f'job="{settings.JOB}"'
_PARTITION = "{{topic}}/{{partition}}"


def _by_broker(metric: str) -> list:
    return [("{{instance}} {{client}} → {{broker}}", f"sum by (instance, client, broker) ({rate(metric)})")]


def _tried(*verdicts: str) -> str:
    metric = "parcelgate_shadow_decisions_total"
    return f"sum({rate(metric, *verdicts)}) / (sum({rate(metric)}) > 0)"


def board() -> Board:
    return (
        Board(
            "parcelgate-engineer",
            "Parcelgate: engineer",
            "How the daemon does its work: transactions, stages, Kafka clients, queues, rebalances, feeds, the process.",
            "now-1h",
        )
        .row(
            "Health",
            number(
                "Instances up",
                "The share of instances that Prometheus reaches.",
                "percentunit",
                f"avg({select('up', _JOB)})",
                [(None, RED), (1, GREEN)],
            ),
            number(
                "Since the last commit",
                "The instance that has committed nothing for longest. Without parcels there is nothing to commit.",
                "s",
                f"max(time() - {select('parcelgate_last_commit_timestamp_seconds')})",
                [(None, GREEN), (settings.COMMIT_AGE_SECONDS_MAX, YELLOW)],
            ),
            number(
                "Up since",
                "The instance that started last.",
                "s",
                f"min(time() - {select('process_start_time_seconds', _JOB)})",
                [(None, GREEN)],
            ),
            number(
                "Partitions owned",
                "Partitions of the declarations topic, all instances together: as many as the topic has.",
                "none",
                f"sum({select('parcelgate_assigned_partitions')})",
                [(None, RED), (1, GREEN)],
            ),
            listing(
                "Builds",
                "What is running where.",
                [("build", select("parcelgate_build_info"))],
                span=8,
                height=4,
            ),
            graph(
                "Conditions of readiness",
                "1 where a condition holds, 0 where it does not; /readyz has the reasons.",
                "none",
                [("{{instance}} {{check}}", select("parcelgate_ready"))],
                ceiling=1,
            ),
            graph(
                "Log lines left out",
                "Lines per second of events that came too often.",
                "cps",
                [("{{instance}} {{event}}", per_second("instance, event", "parcelgate_log_lines_suppressed_total"))],
            ),
            graph(
                "Labels left together",
                "Counts per second that went to the label value other: the metric has as many series as it may have.",
                "cps",
                [("{{metric}}", per_second("metric", "parcelgate_label_overflow_total"))],
            ),
        )
        .row(
            "Transactions",
            graph(
                "Transactions by how they ended",
                "Per second. Anything but committed is a reason to look at the log.",
                "ops",
                [("{{result}}", per_second("result", "parcelgate_transactions_total"))],
            ),
            graph(
                "Duration of transactions",
                "From their beginning to their end: the commit interval and the commit itself.",
                "s",
                [
                    ("50% {{result}}", quantile(0.5, "result", "parcelgate_transaction_duration_seconds")),
                    ("99% {{result}}", quantile(0.99, "result", "parcelgate_transaction_duration_seconds")),
                ],
            ),
            graph(
                "Records in a transaction",
                "Input records carried by committed transactions.",
                "short",
                [
                    ("50%", quantile(0.5, "", "parcelgate_transaction_records")),
                    ("99%", quantile(0.99, "", "parcelgate_transaction_records")),
                    (
                        "mean",
                        f"sum({rate('parcelgate_transaction_records_sum')})"
                        f" / (sum({rate('parcelgate_transaction_records_count')}) > 0)",
                    ),
                ],
            ),
            graph(
                "Records screened and not committed",
                "Decisions of the open transactions, by worker.",
                "short",
                [("{{instance}} worker {{worker}}", select("parcelgate_inflight_records"))],
            ),
            graph(
                "Sessions built anew",
                "Per second, by why. The sixth time in a row ends the process.",
                "ops",
                [
                    (
                        "{{instance}} {{reason}}",
                        per_second("instance, reason", "parcelgate_producer_reinits_total"),
                    )
                ],
            ),
            graph(
                "Age of the transaction's state",
                "How long each producer has been in the state that it is in. It grows while no parcel comes; while parcels "
                "come it stays below the commit interval.",
                "s",
                [("{{instance}} {{client}}", select("parcelgate_kafka_txn_state_age_seconds"))],
            ),
        )
        .row(
            "Stages",
            graph(
                "Time of a batch in each stage",
                "99 % take less. A batch has up to 1,000 records.",
                "s",
                [("{{stage}}", quantile(0.99, "stage", "parcelgate_stage_duration_seconds"))],
                span=12,
            ),
            graph(
                "Where workers spend their time",
                "Seconds per second in each stage, all workers together: the number of workers is the most there can be.",
                "s",
                [("{{stage}}", per_second("stage", "parcelgate_stage_duration_seconds_sum"))],
                span=12,
                stacked=True,
            ),
        )
        .row(
            "Lag by partition",
            graph(
                "Records taken",
                "Records polled per second, be they committed or not.",
                "cps",
                [(_PARTITION, per_second("topic, partition", "parcelgate_records_consumed_total"))],
            ),
            graph(
                "Records that wait",
                "Records between the last commit and the last stable offset.",
                "short",
                [(_PARTITION, f"sum by (topic, partition) ({select('parcelgate_consumer_lag_records')})")],
            ),
            graph(
                "Age of the oldest record that waits",
                "One late partition among others is its worker's trouble.",
                "s",
                [(_PARTITION, f"max by (topic, partition) ({select('parcelgate_consumer_lag_seconds')})")],
                limit=settings.LAG_SECONDS_MAX,
            ),
            graph(
                "Bytes taken",
                "Bytes of payload polled per second.",
                "Bps",
                [("{{topic}}", per_second("topic", "parcelgate_consumed_bytes_total"))],
            ),
            graph(
                "Kept back by upstream",
                "Records behind the last stable offset: somebody's transaction is open. A hump is usual where producers "
                "use transactions; a line that stays is a transaction that hangs.",
                "short",
                [(_PARTITION, f"sum by (topic, partition) ({select('parcelgate_lso_gap_records')})")],
            ),
            graph(
                "Partitions that are not fetched",
                "Partitions that a worker owns and whose fetching rests at the moment.",
                "none",
                [("{{instance}} worker {{worker}}", select("parcelgate_paused_partitions"))],
            ),
        )
        .row(
            "Queues",
            graph(
                "How full the queues are",
                "Fetched and not polled; in the open transaction; written and with no broker yet. Full queues stop what "
                "fills them.",
                "percentunit",
                [
                    (
                        "{{instance}} worker {{worker}} {{queue}}",
                        f"{select('parcelgate_queue_depth_records')}"
                        f" / ({select('parcelgate_queue_capacity_records')} > 0)",
                    )
                ],
            ),
            graph(
                "Producers' queues",
                "Bytes that producers hold until a broker has them, of what they may hold.",
                "percentunit",
                [
                    (
                        "{{instance}} {{client}}",
                        f"{select('parcelgate_kafka_producer_queue_bytes')}"
                        f" / {select('parcelgate_kafka_producer_queue_capacity_bytes')}",
                    )
                ],
            ),
            graph(
                "Clients' queues",
                "Records that producers hold, records that consumers have fetched, and events that wait for a poll.",
                "short",
                [
                    ("{{client}} records to send", select("parcelgate_kafka_producer_queue_records")),
                    ("{{client}} records fetched", select("parcelgate_kafka_fetch_queue_records")),
                    ("{{client}} events", select("parcelgate_kafka_reply_queue_ops")),
                ],
            ),
        )
        .row(
            "Brokers, as the clients see them",
            graph(
                "Connections",
                "Clients connected to each broker. A client connects only to those that it needs.",
                "none",
                [("broker {{broker}}", f"sum by (broker) ({select('parcelgate_kafka_broker_up')})")],
            ),
            graph(
                "Certificates as on disk",
                "Whether the clients have the certificates that are on disk: 1, or 0 while those on disk cannot be used.",
                "none",
                [("{{instance}}", f"min by (instance) ({select('parcelgate_kafka_certificates_current')})")],
            ),
            graph(
                "Time to an answer",
                "From request to response over the last second, the slowest client of each broker.",
                "s",
                [
                    (
                        "broker {{broker}} {{quantile}}",
                        f"max by (broker, quantile) ({select('parcelgate_kafka_rtt_seconds')})",
                    )
                ],
            ),
            graph(
                "Throttling",
                "How long brokers ask clients to wait: a quota is used up.",
                "s",
                [
                    (
                        "{{instance}} broker {{broker}}",
                        f"max by (instance, broker) ({select('parcelgate_kafka_throttle_seconds')})",
                    )
                ],
                limit=settings.THROTTLE_SECONDS_MAX,
            ),
            graph(
                "Requests sent again",
                "Per second.",
                "ops",
                _by_broker("parcelgate_kafka_tx_retries_total"),
            ),
            graph(
                "Requests that failed or timed out",
                "Per second: could not be sent, or had no response in time.",
                "ops",
                [
                    ("not sent, broker {{broker}}", per_second("broker", "parcelgate_kafka_tx_errors_total")),
                    ("timed out, broker {{broker}}", per_second("broker", "parcelgate_kafka_request_timeouts_total")),
                ],
            ),
            graph(
                "Disconnects",
                "Connections that ended per second, be it by either side or the network.",
                "ops",
                _by_broker("parcelgate_kafka_disconnects_total"),
            ),
        )
        .row(
            "Group",
            graph(
                "Changes of partitions",
                "Per second, by kind. Lost partitions were another member's before they could be given up.",
                "ops",
                [("{{kind}}", per_second("kind", "parcelgate_rebalances_total"))],
            ),
            graph(
                "Rebalances as the clients saw them",
                "Per second.",
                "ops",
                [("{{instance}} {{client}}", per_second("instance, client", "parcelgate_kafka_rebalances_total"))],
            ),
            graph(
                "Partitions by instance",
                "Who owns how many.",
                "none",
                [("{{instance}}", select("parcelgate_assigned_partitions"))],
                stacked=True,
            ),
            graph(
                "Partitions of nobody",
                "Partitions that no instance had, by topic. For a moment of a hand-over that is as it should be.",
                "none",
                [("{{topic}}", f"max by (topic) ({select('parcelgate_unassigned_partitions')})")],
            ),
        )
        .row(
            "Input",
            graph(
                "Dead letters",
                "Per second, by reason.",
                "ops",
                [("{{reason}}", per_second("reason", "parcelgate_dead_letters_total"))],
            ),
            graph(
                "Declarations that cannot be decoded",
                "Per second, by the encoding that they were in and the reason.",
                "ops",
                [("{{format}} {{reason}}", per_second("format, reason", "parcelgate_decode_failures_total"))],
            ),
            graph(
                "Fields that the schema does not know",
                "Per second. Senders grow new fields; a jump says that one has.",
                "cps",
                [("{{instance}}", per_second("instance", "parcelgate_unknown_fields_total"))],
            ),
        )
        .row(
            "Feeds",
            graph(
                "Messages in force",
                "Messages of reference data, by feed.",
                "short",
                [("{{instance}} {{feed}}", select("parcelgate_feed_messages"))],
                span=6,
            ),
            graph(
                "Records of feeds",
                "Records per second from topics of reference data, by what they did.",
                "ops",
                [("{{feed}} {{result}}", per_second("feed, result", "parcelgate_feed_records_total"))],
                span=6,
            ),
            graph(
                "Trouble with feeds",
                "Errors per second while following topics; parcels go on under what is known.",
                "ops",
                [("{{instance}} {{topic}}", per_second("instance, topic", "parcelgate_feed_troubles_total"))],
                span=6,
            ),
            graph(
                "Reloads",
                "Wishes to read policy and files anew, per second, by how they ended.",
                "ops",
                [("{{instance}} {{result}}", per_second("instance, result", "parcelgate_register_reloads_total"))],
                span=6,
            ),
            graph(
                "Time to build a reference",
                "Of what has changed, beside the parcels that flow. No line where nothing was built.",
                "s",
                [
                    (
                        "{{instance}}",
                        f"sum by (instance) ({rate('parcelgate_reference_build_duration_seconds_sum')})"
                        f" / (sum by (instance) ({rate('parcelgate_reference_build_duration_seconds_count')}) > 0)",
                    )
                ],
            ),
            graph(
                "Age of the reference",
                "Time since it was last published.",
                "s",
                [("{{instance}}", f"time() - {select('parcelgate_reference_published_timestamp_seconds')}")],
            ),
            graph(
                "Register",
                "Recordals in force, and written forms of their marks that are searched for.",
                "short",
                [
                    ("{{instance}} recordals", select("parcelgate_register_recordals")),
                    ("{{instance}} forms", select("parcelgate_register_marks")),
                ],
            ),
        )
        .row(
            "Shadow policy",
            graph(
                "Verdicts of the policy in force and of the shadow",
                "Parcels per second. The shadow decides nothing: [policy] shadow names what is tried, and without it this "
                "row is empty.",
                "cps",
                [
                    (
                        "{{live}} in force, {{shadow}} under the shadow",
                        per_second("live, shadow", "parcelgate_shadow_decisions_total"),
                    )
                ],
            ),
            bars(
                "Where they differ, and over what",
                "Parcels, in the time that this board shows, that one of the two holds and the other releases, each counted "
                "once, under what the one that holds it does so for.",
                "short",
                "{{check}}",
                increase("check", "parcelgate_shadow_disagreements_total"),
                height=8,
            ),
            listing(
                "Policy that is tried",
                "The version that decisions would name. Instances of one hub should have the same.",
                [("shadow", select("parcelgate_shadow_policy_info"))],
                span=8,
            ),
            graph(
                "What the change would bring",
                "The share of parcels that the shadow alone would hold, and that only the policy in force holds.",
                "percentunit",
                [
                    ("held by the shadow alone", _tried('live="release"', 'shadow="hold"')),
                    ("held by the policy in force alone", _tried('live="hold"', 'shadow="release"')),
                ],
                span=12,
            ),
            graph(
                "Screening under the shadow failed",
                "Parcels per second. Their decisions are those of the policy in force all the same; the log has the place "
                "in the program (event panicked).",
                "cps",
                [("{{instance}}", per_second("instance", "parcelgate_shadow_failures_total"))],
                span=12,
            ),
        )
        .row(
            "Process",
            graph(
                "Processor",
                "Cores in use.",
                "short",
                [("{{instance}}", rate("process_cpu_seconds_total", _JOB))],
                span=6,
            ),
            graph(
                "Memory",
                "Resident memory.",
                "bytes",
                [("{{instance}}", select("process_resident_memory_bytes", _JOB))],
                span=6,
            ),
            graph(
                "File descriptors",
                "The share of those that the process may open.",
                "percentunit",
                [("{{instance}}", f"{select('process_open_fds', _JOB)} / {select('process_max_fds', _JOB)}")],
                span=6,
                limit=settings.FILES_RATIO_MAX,
            ),
            graph(
                "Threads",
                "Workers, the feeds' thread, the watchdog, and those of the Kafka clients.",
                "none",
                [("{{instance}}", select("process_threads", _JOB))],
                span=6,
            ),
        )
    )
