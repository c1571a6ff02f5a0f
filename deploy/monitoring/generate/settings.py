"""What a hub may want to choose. Everything that is generated follows from here."""

# The job under which Prometheus scrapes parcelgate.
JOB = "parcelgate"

# Where the people who are called read docs/runbook.md; each alert adds the anchor of its section.
RUNBOOK_URL = "https://docs.example.org/parcelgate/runbook.md"

# The objective: so many of the parcels are decided within so many seconds of their record's timestamp. The seconds must
# be a bucket of parcelgate_e2e_latency_seconds.
OBJECTIVE_RATIO = 0.99
OBJECTIVE_SECONDS = 0.25

# A ratio of few parcels says nothing: one late parcel of three is no reason to wake anyone.
OBJECTIVE_PARCELS_LEAST = 100
HOLDS_PARCELS_LEAST = 1000

# Parcels travel at the speed of a sorter: a minute is several of them gone by.
LAG_SECONDS_MAX = 60
# What a lag has to reach before its growth counts.
LAG_GROWTH_SECONDS_LEAST = 10
# A worker commits every 50 ms where there is something to commit.
COMMIT_AGE_SECONDS_MAX = 120

# Of all records that are read or transactions that end, in one quarter of an hour.
DEAD_LETTER_RATIO_MAX = 0.01
ABORT_RATIO_MAX = 0.1

# How the share of held parcels may differ from that of the last week.
HOLDS_FACTOR_MAX = 3

# Longer than the longest public holiday, in which nobody records a right.
REGISTER_AGE_DAYS_MAX = 10
# What must be left of the register of a day ago.
REGISTER_LEFT_RATIO = 0.9

RESTARTS_MAX = 3
REBALANCES_MAX = 10
THROTTLE_SECONDS_MAX = 0.01
FILES_RATIO_MAX = 0.8
