"""Every alert. Each is something that an operator acts on, has a section in docs/runbook.md, and a case in tests/ in
which it fires and one in which it does not.

Summaries say what is wrong, descriptions what it means and where to look first.
"""

from . import settings
from .model import PAGE, TICKET, Alert, Group
from .recordings import LATENCY, late_ratio, parcels_rate

_SECONDS = {"1h": 3600, "6h": 6 * 3600, "3d": 3 * 86400}

_OBJECTIVE = f"{settings.OBJECTIVE_RATIO:.0%} within {settings.OBJECTIVE_SECONDS * 1000:.0f} ms"


def _burns(name: str, severity: str, factor: float, window: str, short: str, means: str) -> Alert:
    """The budget of late parcels is used up `factor` times as fast as it may be (SRE workbook, chapter 5). The short
    window ends the alert soon after the trouble ends."""
    late = round(factor * (1 - settings.OBJECTIVE_RATIO), 6)
    return Alert(
        name,
        severity,
        f"""
{late_ratio(window)} > {late}
and
{late_ratio(short)} > {late}
and
{parcels_rate(window)} * {_SECONDS[window]} >= {settings.OBJECTIVE_PARCELS_LEAST}
""",
        f"{{{{ $value | humanizePercentage }}}} of the parcels of {window} were decided late",
        f"The objective is {_OBJECTIVE}. {means}",
    )


OBJECTIVE = Group(
    "alerts.objective",
    [
        _burns(
            "ParcelgateLatencyBurnsFast",
            PAGE,
            14.4,
            "1h",
            "5m",
            "At this rate the late parcels of a month are used up in two days. Is there a lag, are commits slow, or did "
            "the records come late?",
        ),
        _burns(
            "ParcelgateLatencyBurns",
            PAGE,
            6,
            "6h",
            "30m",
            "At this rate the late parcels of a month are used up in five days. Is there a lag, are commits slow, or did "
            "the records come late?",
        ),
        _burns(
            "ParcelgateLatencyBurnsSlowly",
            TICKET,
            1,
            "3d",
            "6h",
            "At this rate a month ends outside the objective. Compare the time of day with load, brokers and changes.",
        ),
    ],
)

PROCESS = Group(
    "alerts.process",
    [
        Alert(
            "ParcelgateAbsent",
            PAGE,
            f'absent(up{{job="{settings.JOB}"}})',
            "Prometheus knows no parcelgate",
            f"There is no target of the job {settings.JOB}, so no other alert can fire. Parcels may flow or not.",
            lasting="5m",
        ),
        Alert(
            "ParcelgateDown",
            PAGE,
            f'up{{job="{settings.JOB}"}} == 0',
            "{{ $labels.instance }} does not answer",
            "The process has ended, hangs, or cannot be reached. Its partitions go to other instances where there are "
            "some; otherwise parcels wait.",
            lasting="3m",
        ),
        Alert(
            "ParcelgateRestarts",
            PAGE,
            f'changes(process_start_time_seconds{{job="{settings.JOB}"}}[30m]) > {settings.RESTARTS_MAX}',
            "{{ $labels.instance }} has started again {{ $value }} times in 30 minutes",
            "Something ends the process again and again. Its exit code and the last lines of its log say what; parcels "
            "wait meanwhile.",
        ),
        Alert(
            "ParcelgateNotReady",
            PAGE,
            'parcelgate_ready{check!="not_stopping"} == 0',
            "{{ $labels.instance }} is not ready: {{ $labels.check }}",
            "It does not do all of its work. /readyz gives the reason for each condition.",
            lasting="5m",
        ),
        Alert(
            "ParcelgateWorkersRestart",
            TICKET,
            "sum by (hub, instance, reason) (increase(parcelgate_producer_reinits_total[30m])) > "
            f"{settings.RESTARTS_MAX}",
            "Workers of {{ $labels.instance }} began anew {{ $value | humanize }} times in 30 minutes: "
            "{{ $labels.reason }}",
            "Each time a worker loses its session, goes back to the committed offsets and reads on. The sixth time in a "
            "row ends the process.",
        ),
        Alert(
            "ParcelgateFewFilesLeft",
            TICKET,
            f'process_open_fds{{job="{settings.JOB}"}} / process_max_fds{{job="{settings.JOB}"}} > '
            f"{settings.FILES_RATIO_MAX}",
            "{{ $labels.instance }} has {{ $value | humanizePercentage }} of its file descriptors open",
            "Connections to brokers and to the admin listener need them; without any the clients cannot connect again.",
            lasting="15m",
        ),
        Alert(
            "ParcelgateLogRepeats",
            TICKET,
            "sum by (hub, instance, event) (increase(parcelgate_log_lines_suppressed_total[10m])) > 0",
            "{{ $labels.instance }} leaves out log lines of {{ $labels.event }}",
            "The event has come more than ten times in 30 seconds, for half an hour: something is in constant trouble. "
            "The lines that are written say what.",
            lasting="30m",
        ),
    ],
)

FLOW = Group(
    "alerts.flow",
    [
        Alert(
            "ParcelgateNoCommit",
            PAGE,
            f"""
time() - parcelgate_last_commit_timestamp_seconds > {settings.COMMIT_AGE_SECONDS_MAX}
and
sum without (topic, partition) (parcelgate_consumer_lag_records) > 0
""",
            "{{ $labels.instance }} commits nothing, and parcels wait",
            "No transaction was committed for more than two minutes although there are records to decide. No decision "
            "gets out.",
            lasting="2m",
        ),
        Alert(
            "ParcelgateLagGrows",
            PAGE,
            f"""
sum by (hub, topic) (delta(parcelgate_consumer_lag_records[5m])) > 0
and
max by (hub, topic) (parcelgate_consumer_lag_seconds) > {settings.LAG_GROWTH_SECONDS_LEAST}
""",
            "Parcels of {{ $labels.topic }} come faster than they are decided",
            "The lag has grown for a quarter of an hour, by {{ $value | humanize }} records in the last five minutes. It "
            "will not catch up by itself while this goes on.",
            lasting="15m",
            keeping="10m",
        ),
        Alert(
            "ParcelgateParcelsWait",
            PAGE,
            f"parcelgate_consumer_lag_seconds > {settings.LAG_SECONDS_MAX}",
            "Parcels of {{ $labels.topic }}/{{ $labels.partition }} have waited {{ $value | humanizeDuration }}",
            "The oldest record without a decision is that old, and has been for five minutes. Where only this partition "
            "is late, its worker is in trouble; where all are, see whether the lag shrinks.",
            lasting="5m",
        ),
        Alert(
            "ParcelgateUpstreamHoldsBack",
            PAGE,
            """
min_over_time(parcelgate_lso_gap_records[5m]) > 0
and
increase(parcelgate_records_consumed_total[5m]) == 0
""",
            "A transaction upstream keeps back {{ $value }} records of {{ $labels.topic }}/{{ $labels.partition }}",
            "A producer of declarations has left a transaction open: records are there, and nobody may read them. This "
            "shows in no lag.",
            lasting="5m",
        ),
        Alert(
            "ParcelgateRebalances",
            TICKET,
            'sum by (hub) (increase(parcelgate_rebalances_total{kind=~"revoke|lost"}[30m])) > '
            f"{settings.REBALANCES_MAX}",
            "Partitions were taken from workers {{ $value | humanize }} times in 30 minutes",
            "Members join and leave the group again and again; parcels wait at every change.",
        ),
    ],
)

_TRANSACTIONS = "sum by (hub, instance) (rate(parcelgate_transactions_total[15m]))"

TRANSACTIONS = Group(
    "alerts.transactions",
    [
        Alert(
            "ParcelgateTransactionsBroken",
            TICKET,
            """
sum by (hub, instance, result) (
  increase(parcelgate_transactions_total{result=~"fenced|fatal|indeterminate"}[1h])
) > 0
""",
            "Transactions of {{ $labels.instance }} ended {{ $labels.result }}",
            "Nothing is lost or doubled, and the daemon went on by itself; but sound brokers and one process for each "
            "instance do not bring this about.",
        ),
        Alert(
            "ParcelgateTransactionsAbort",
            TICKET,
            f"""
sum by (hub, instance) (rate(parcelgate_transactions_total{{result="aborted"}}[15m]))
/
({_TRANSACTIONS} > 0)
> {settings.ABORT_RATIO_MAX}
""",
            "{{ $value | humanizePercentage }} of the transactions of {{ $labels.instance }} are aborted",
            "Their records are read and decided again, which costs throughput and time. The event transaction_aborted "
            "has the cause.",
            lasting="15m",
        ),
    ],
)

INPUT = Group(
    "alerts.input",
    [
        Alert(
            "ParcelgateDeadLetters",
            TICKET,
            """
sum by (hub, reason) (
  increase(parcelgate_dead_letters_total{reason!="screening_failed"}[1h])
) > 0
""",
            "{{ $value | humanize }} declarations could not be read within an hour: {{ $labels.reason }}",
            "They are dead letters. Those whose ids could be read are held as well; the others have no decision, and "
            "somebody has to look for their parcels.",
        ),
        Alert(
            "ParcelgateManyDeadLetters",
            PAGE,
            f"""
sum by (hub) (rate(parcelgate_dead_letters_total[15m]))
/
(sum by (hub) (rate(parcelgate_records_consumed_total[15m])) > 0)
> {settings.DEAD_LETTER_RATIO_MAX}
""",
            "{{ $value | humanizePercentage }} of the declarations cannot be read",
            "So many are no accident of one sender: somebody upstream has changed what is sent. Parcels without a "
            "decision pile up.",
            lasting="10m",
        ),
        Alert(
            "ParcelgateScreeningFailed",
            TICKET,
            """
sum by (hub, instance) (
  increase(parcelgate_dead_letters_total{reason="screening_failed"}[1h])
) > 0
""",
            "{{ $labels.instance }} failed at {{ $value | humanize }} parcels within an hour",
            "A fault of the program. The parcels are dead letters and are held; the log has the place in the program "
            "under the event panicked.",
        ),
        Alert(
            "ParcelgateHoldsSurge",
            TICKET,
            f"""
hub:parcelgate_decisions:hold_ratio_rate1h
> {settings.HOLDS_FACTOR_MAX} * avg_over_time(hub:parcelgate_decisions:hold_ratio_rate1h[1w])
and
hub:parcelgate_decisions:rate1h * 3600 >= {settings.HOLDS_PARCELS_LEAST}
""",
            "{{ $value | humanizePercentage }} of the parcels are held, far more than in the last week",
            "The floor cannot open so many. Either the goods have changed or what they are held against: policy, "
            "register, signals.",
            lasting="15m",
        ),
        Alert(
            "ParcelgateHoldsVanish",
            PAGE,
            f"""
hub:parcelgate_decisions:hold_ratio_rate1h
< avg_over_time(hub:parcelgate_decisions:hold_ratio_rate1h[1w]) / {settings.HOLDS_FACTOR_MAX}
and
hub:parcelgate_decisions:rate1h * 3600 >= {settings.HOLDS_PARCELS_LEAST}
""",
            "Only {{ $value | humanizePercentage }} of the parcels are held, far fewer than in the last week",
            "Parcels may go through unchecked. Either the goods have changed or what they are held against: policy, "
            "register, signals.",
            lasting="15m",
        ),
    ],
)

REFERENCE = Group(
    "alerts.reference",
    [
        Alert(
            "ParcelgateReloadFailed",
            TICKET,
            "parcelgate_config_last_reload_successful == 0",
            "{{ $labels.instance }} refused to reload",
            "The policy or a file of a feed is not valid. Everything stays in force as it was, until the process starts "
            "again: then it does not come up.",
            lasting="1m",
        ),
        Alert(
            "ParcelgateVersionsDiffer",
            TICKET,
            """
count by (hub) (count by (hub, version) (parcelgate_policy_info)) > 1
or
count by (hub) (count by (hub, version) (parcelgate_register_info)) > 1
""",
            "Instances of one hub decide under {{ $value }} versions of policy or register",
            "The same goods are held by one instance and released by the other.",
            lasting="15m",
        ),
        Alert(
            "ParcelgateRegisterShrank",
            PAGE,
            f"""
min by (hub) (parcelgate_register_recordals)
< {settings.REGISTER_LEFT_RATIO} * max by (hub) (max_over_time(parcelgate_register_recordals[1d]))
or
min by (hub) (parcelgate_register_recordals) == 0
""",
            "The register has only {{ $value }} recordals left",
            "It was larger within the last day, or is empty. Goods under the marks that are gone are released.",
            lasting="5m",
        ),
        Alert(
            "ParcelgateRegisterStale",
            TICKET,
            "time() - max by (hub) (parcelgate_register_loaded_timestamp_seconds) > "
            f"{settings.REGISTER_AGE_DAYS_MAX} * 86400",
            "The register has not changed for {{ $value | humanizeDuration }}",
            "No holiday is that long: what fills the topic or the file has stopped. Rights recorded since are not "
            "protected, and those revoked still hold parcels.",
            lasting="1h",
        ),
        Alert(
            "ParcelgateFeedRecordsRejected",
            TICKET,
            """
max by (hub, feed) (
  increase(parcelgate_feed_records_total{result="rejected"}[1h])
) > 0
""",
            "{{ $value | humanize }} records of the feed {{ $labels.feed }} are bad",
            "They are skipped, and what was known under their keys stays in force.",
        ),
        Alert(
            "ParcelgateFeedTroubled",
            TICKET,
            "sum by (hub, instance, topic) (increase(parcelgate_feed_troubles_total[10m])) > 0",
            "{{ $labels.instance }} has trouble following {{ $labels.topic }}",
            "Parcels are screened under what is known; what has changed since is not.",
            lasting="20m",
        ),
    ],
)

KAFKA = Group(
    "alerts.kafka",
    [
        # A client without business with a broker has no connection to it: only one that had counts.
        Alert(
            "ParcelgateBrokerDown",
            TICKET,
            """
max by (hub, broker) (parcelgate_kafka_broker_up) == 0
and
max by (hub, broker) (max_over_time(parcelgate_kafka_broker_up[1h])) == 1
""",
            "No instance has a connection to broker {{ $labels.broker }} any more",
            "One had within the last hour. While other brokers lead its partitions parcels go on; without it there is "
            "one replica less.",
            lasting="10m",
        ),
        Alert(
            "ParcelgatePartitionsUnassigned",
            PAGE,
            "max by (hub, topic) (parcelgate_unassigned_partitions) > 0",
            "{{ $value }} partitions of {{ $labels.topic }} have no reader",
            "Nobody decides on what is written to them. The instances have them handed out anew within 15 s; that did not "
            "help.",
            lasting="1m",
        ),
        Alert(
            "ParcelgateCertificatesRefused",
            TICKET,
            "parcelgate_kafka_certificates_current == 0",
            "{{ $labels.instance }} cannot use the certificates that are on disk",
            "It goes on with those before, until they expire or the process starts again: then it does not come up.",
            lasting="5m",
        ),
        Alert(
            "ParcelgateThrottled",
            TICKET,
            "max by (hub, instance, broker) (avg_over_time(parcelgate_kafka_throttle_seconds[10m])) > "
            f"{settings.THROTTLE_SECONDS_MAX}",
            "Broker {{ $labels.broker }} makes {{ $labels.instance }} wait {{ $value | humanizeDuration }} each time",
            "The quota of this user or client is used up, and decisions come later for it.",
            lasting="10m",
        ),
    ],
)

GROUPS = [OBJECTIVE, PROCESS, FLOW, TRANSACTIONS, INPUT, REFERENCE, KAFKA]

ALERTS = [alert for group in GROUPS for alert in group.rules]
