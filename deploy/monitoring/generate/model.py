"""Rules as plain values, and as the files that Prometheus and its operator read."""

from dataclasses import dataclass

import yaml

from . import settings

# Somebody is called.
PAGE = "page"
# Somebody looks on the next working day.
TICKET = "ticket"


@dataclass(frozen=True)
class Recording:
    """What is worked out once and asked for often. Names are `level:metric:operations`."""

    name: str
    expr: str

    def as_dict(self) -> dict:
        return {"record": self.name, "expr": self.expr.strip()}


@dataclass(frozen=True)
class Alert:
    """Something an operator acts on. `lasting` is how long it must hold, `keeping` how long it stays after."""

    name: str
    severity: str
    expr: str
    summary: str
    description: str
    lasting: str = ""
    keeping: str = ""

    @property
    def anchor(self) -> str:
        """The section of the runbook, as Markdown makes anchors of headings."""
        return self.name.lower()

    def as_dict(self) -> dict:
        rule = {"alert": self.name, "expr": self.expr.strip()}
        if self.lasting:
            rule["for"] = self.lasting
        if self.keeping:
            rule["keep_firing_for"] = self.keeping
        rule["labels"] = {"severity": self.severity}
        rule["annotations"] = {
            "summary": self.summary,
            "description": self.description,
            "runbook_url": f"{settings.RUNBOOK_URL}#{self.anchor}",
        }
        return rule


@dataclass(frozen=True)
class Group:
    name: str
    rules: list

    def as_dict(self) -> dict:
        return {"name": f"parcelgate.{self.name}", "rules": [rule.as_dict() for rule in self.rules]}


class _Dumper(yaml.SafeDumper):
    """Expressions of several lines stay so."""


def _text(dumper: yaml.Dumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(value: dict, says: str) -> str:
    """A YAML document under a comment that says what it is."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    return f"# {says}\n# Made by `make monitoring`: change deploy/monitoring/generate instead.\n{text}"
