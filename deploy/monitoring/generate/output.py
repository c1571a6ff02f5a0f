"""What is written where."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from . import alerts, engineer, overview, recordings
from .model import as_yaml

# deploy/monitoring
FOLDER = Path(__file__).resolve().parent.parent

BOARDS = {"overview": overview.board, "engineer": engineer.board}


def files() -> dict:
    """Every generated file: its text by its path below deploy/monitoring."""
    groups = {"groups": [group.as_dict() for group in recordings.GROUPS + alerts.GROUPS]}
    made = {
        "rules/parcelgate.rules.yml": as_yaml(groups, "Recording rules and alerts of parcelgate, for Prometheus."),
        "kubernetes/prometheus-rule.yaml": as_yaml(
            _prometheus_rule(groups), "The rules of ../rules for the Prometheus operator. Was not tried on a cluster."
        ),
    }
    for name, board in BOARDS.items():
        made[f"dashboards/{name}.json"] = _as_json(board().build())
    return made


def _prometheus_rule(groups: dict) -> dict:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "parcelgate", "labels": {"app.kubernetes.io/name": "parcelgate"}},
        "spec": groups,
    }


def _as_json(board) -> str:
    return json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
