"""Recording rules: the share of late parcels over each window of the objective, and what dashboards draw most often.

Everything keeps the label `hub`, be it there or not: the same rules work on a hub's own Prometheus and on one for all.
"""

from . import settings
from .model import Group, Recording

LATENCY = "parcelgate_e2e_latency_seconds"

# The windows over which the objective is watched.
WINDOWS = ("5m", "30m", "1h", "6h", "3d")


def late_ratio(window: str) -> str:
    """The name of the share of parcels that were decided late. There is none where no parcel was decided."""
    return f"hub:{LATENCY}:late_ratio_rate{window}"


def parcels_rate(window: str) -> str:
    """The name of how many parcels were decided per second."""
    return f"hub:{LATENCY}_count:rate{window}"


def _late_ratio(window: str) -> Recording:
    return Recording(
        late_ratio(window),
        f"""
1 - (
  sum by (hub) (rate({LATENCY}_bucket{{le="{settings.OBJECTIVE_SECONDS}"}}[{window}]))
/
  ({parcels_rate(window)} > 0)
)
""",
    )


def _parcels_rate(window: str) -> Recording:
    return Recording(parcels_rate(window), f"sum by (hub) (rate({LATENCY}_count[{window}]))")


GROUPS = [
    Group(
        "recordings.objective",
        # The rate first: rules of a group are worked out one after the other.
        [rule(window) for window in WINDOWS for rule in (_parcels_rate, _late_ratio)],
    ),
    Group(
        "recordings.flow",
        [
            Recording(
                "hub:parcelgate_decisions:rate5m",
                "sum by (hub, verdict, hold_route, channel) (rate(parcelgate_decisions_total[5m]))",
            ),
            Recording(
                "hub:parcelgate_decisions:rate1h",
                "sum by (hub) (rate(parcelgate_decisions_total[1h]))",
            ),
            Recording(
                "hub:parcelgate_decisions:hold_ratio_rate1h",
                # A daemon that has held nothing yet has no series of holds.
                """
(
  sum by (hub) (rate(parcelgate_decisions_total{verdict="hold"}[1h]))
or
  0 * hub:parcelgate_decisions:rate1h
)
/
(hub:parcelgate_decisions:rate1h > 0)
""",
            ),
            Recording(
                "hub:parcelgate_consumer_lag_seconds:max",
                "max by (hub) (parcelgate_consumer_lag_seconds)",
            ),
            Recording(
                "hub:parcelgate_consumer_lag_records:sum",
                "sum by (hub) (parcelgate_consumer_lag_records)",
            ),
        ],
    ),
]
