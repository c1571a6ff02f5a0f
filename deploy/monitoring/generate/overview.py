"""The board for the floor: do parcels flow, how fast, what is held and why."""

from . import settings
from .panels import (
    GREEN,
    RED,
    YELLOW,
    Board,
    bars,
    distribution,
    graph,
    increase,
    listing,
    number,
    of_hub,
    per_second,
    quantile,
    rate,
    select,
)
from .recordings import LATENCY, late_ratio

_HELD = 'verdict="hold"'
_WITHIN = f'le="{settings.OBJECTIVE_SECONDS}"'
_LATE_MAX = round(1 - settings.OBJECTIVE_RATIO, 6)
_OBJECTIVE = f"{settings.OBJECTIVE_RATIO:.0%} within {settings.OBJECTIVE_SECONDS * 1000:.0f} ms"


def _hold_rate(by: str) -> str:
    grouped = f"by ({by})" if by else ""
    held = f"sum {grouped} ({rate('parcelgate_decisions_total', _HELD)})"
    return f"{held} / (sum {grouped} ({rate('parcelgate_decisions_total')}) > 0)"


def board() -> Board:
    return (
        Board(
            "parcelgate-overview",
            "Parcelgate: overview",
            "Whether parcels flow, how fast they are decided, and what is held and why.",
            "now-3h",
        )
        .row(
            "Now",
            number(
                "Parcels decided",
                "Decisions committed per second.",
                "cps",
                f"sum({rate('parcelgate_decisions_total')})",
                [(None, GREEN)],
            ),
            number(
                "Held",
                "The share of parcels that were held within the last hour. What is usual differs from hub to hub.",
                "percentunit",
                f"max({of_hub('hub:parcelgate_decisions:hold_ratio_rate1h')})",
                [(None, GREEN)],
                decimals=2,
            ),
            number(
                "Within the objective",
                f"The share of parcels of the last hour that were decided in time. The objective is {_OBJECTIVE}.",
                "percentunit",
                f"1 - max({of_hub(late_ratio('1h'))})",
                [(None, RED), (settings.OBJECTIVE_RATIO, GREEN)],
                decimals=2,
            ),
            number(
                "Oldest parcel waits",
                "The age of the oldest record that has no decision yet.",
                "s",
                f"max({of_hub('hub:parcelgate_consumer_lag_seconds:max')})",
                [(None, GREEN), (settings.LAG_GROWTH_SECONDS_LEAST, YELLOW), (settings.LAG_SECONDS_MAX, RED)],
            ),
            number(
                "Instances ready",
                "Instances for which every condition of readiness holds. Red: one is not ready.",
                "percentunit",
                f"avg(min by (hub, instance) ({select('parcelgate_ready')}))",
                [(None, RED), (1, GREEN)],
            ),
            number(
                "Alerts",
                "Alerts of parcelgate that fire. The runbook has a section for each.",
                "none",
                'count(ALERTS{alertname=~"Parcelgate.*", alertstate="firing", hub=~"$hub"}) or vector(0)',
                [(None, GREEN), (1, RED)],
            ),
        )
        .row(
            "Throughput",
            graph(
                "Parcels by verdict",
                "Decisions committed per second.",
                "cps",
                [("{{verdict}}", per_second("verdict", "parcelgate_decisions_total"))],
                stacked=True,
            ),
            graph(
                "Parcels by channel",
                "Decisions committed per second, by post and express.",
                "cps",
                [("{{channel}}", per_second("channel", "parcelgate_decisions_total"))],
                stacked=True,
            ),
            graph(
                "Hold rate",
                "The share of parcels that are held, of all and by channel.",
                "percentunit",
                [("all", _hold_rate("")), ("{{channel}}", _hold_rate("channel"))],
            ),
        )
        .row(
            "Latency",
            graph(
                "From record to decision",
                "Time from a record's timestamp to the commit that makes its decision visible. The line is the objective's.",
                "s",
                [(f"{share:.0%}", quantile(share, "", LATENCY)) for share in (0.5, 0.95, 0.99)],
                limit=settings.OBJECTIVE_SECONDS,
            ),
            graph(
                "Decided late",
                f"The share of parcels that were decided later than the objective allows ({_OBJECTIVE}). Above the line "
                "the budget is used up faster than it comes in.",
                "percentunit",
                [(f"over {window}", f"max({of_hub(late_ratio(window))})") for window in ("5m", "1h", "6h", "3d")],
                limit=_LATE_MAX,
            ),
            distribution(
                "Spread of latency",
                "How many parcels per second took how long. Dark bands are usual times; a second band is a second cause.",
                "s",
                LATENCY,
            ),
        )
        .row(
            "What waits",
            graph(
                "Oldest parcel waits",
                "The age of the oldest record without a decision, by instance.",
                "s",
                [("{{instance}}", f"max by (instance) ({select('parcelgate_consumer_lag_seconds')})")],
                span=12,
                limit=settings.LAG_SECONDS_MAX,
            ),
            graph(
                "Parcels that wait",
                "Records that may be read and have no decision yet.",
                "short",
                [("{{instance}}", f"sum by (instance) ({select('parcelgate_consumer_lag_records')})")],
                span=12,
            ),
        )
        .row(
            "What is held and why",
            graph(
                "Held by route",
                "Parcels held per second: because of a recorded right, or for inspection.",
                "cps",
                [("{{hold_route}}", per_second("hold_route", "parcelgate_decisions_total", _HELD))],
                stacked=True,
                span=8,
                height=10,
            ),
            bars(
                "Held by route and channel",
                "Parcels held in the time that this board shows.",
                "short",
                "{{hold_route}}, {{channel}}",
                increase("hold_route, channel", "parcelgate_decisions_total", _HELD),
                span=8,
            ),
            bars(
                "What parcels were held for",
                "Held parcels in the time that this board shows, each counted once, under the check of its weightiest "
                "finding.",
                "short",
                "{{check}}",
                increase("check", "parcelgate_hold_reasons_total"),
                span=8,
            ),
            bars(
                "Findings by check",
                "What the checks found in the time that this board shows, in parcels held and released: a parcel may have "
                "several findings, and one finding alone need not hold it.",
                "short",
                "{{check}}",
                increase("check", "parcelgate_findings_total"),
                span=8,
            ),
            bars(
                "Rules, campaigns and alerts",
                "The twenty that led to most findings in the time that this board shows.",
                "short",
                "{{rule_id}}",
                f"topk(20, {increase('rule_id', 'parcelgate_rule_hits_total')})",
                span=8,
            ),
            bars(
                "Rules that could not be judged",
                "Parcels, in the time that this board shows, for which a rule or campaign asks for a value that nobody can "
                "tell in yuan: it is missing, or the policy lacks the rate of its currency.",
                "short",
                "{{rule_id}}",
                f"topk(20, {increase('rule_id', 'parcelgate_rule_errors_total')})",
                span=8,
            ),
        )
        .row(
            "What could not be read, and what was told",
            bars(
                "Dead letters by reason",
                "Declarations set aside in the time that this board shows. Those without ids have no decision: somebody "
                "has to look for their parcels.",
                "short",
                "{{reason}}",
                increase("reason", "parcelgate_dead_letters_total"),
                span=12,
                height=8,
            ),
            graph(
                "Notices to platforms",
                "Notices of holds and seizures per second. None where the configuration names no platforms.",
                "cps",
                [("{{kind}}", per_second("kind", "parcelgate_platform_notices_total"))],
                span=12,
            ),
        )
        .row(
            "What parcels are held against",
            number(
                "Recordals in force",
                "Rights in the register of the instance that has fewest.",
                "short",
                f"min({select('parcelgate_register_recordals')})",
                [(None, RED), (1, GREEN)],
                span=6,
            ),
            number(
                "Age of the register",
                "Time since the register last changed.",
                "s",
                f"time() - max({select('parcelgate_register_loaded_timestamp_seconds')})",
                [(None, GREEN), (settings.REGISTER_AGE_DAYS_MAX * 86400, RED)],
                span=6,
            ),
            number(
                "Age of policy and files",
                "Time since policy and files were last read.",
                "s",
                f"time() - max({select('parcelgate_config_last_reload_success_timestamp_seconds')})",
                [(None, GREEN)],
                span=6,
            ),
            number(
                "Last reload",
                "Whether the last wish to reload was fulfilled by every instance: 1 or 0.",
                "none",
                f"min({select('parcelgate_config_last_reload_successful')})",
                [(None, RED), (1, GREEN)],
                span=6,
            ),
            listing(
                "Policy in force",
                "The version that decisions name. Instances of one hub should have the same.",
                [("policy", select("parcelgate_policy_info"))],
                span=8,
                height=6,
            ),
            listing(
                "Register in force",
                "The version that decisions name. Instances of one hub should have the same.",
                [("register", select("parcelgate_register_info"))],
                span=8,
                height=6,
            ),
            listing(
                "Signals in force",
                "The version of platform signals, customs alerts and outcomes that decisions name.",
                [("signals", select("parcelgate_signals_info"))],
                span=8,
                height=6,
            ),
        )
    )
