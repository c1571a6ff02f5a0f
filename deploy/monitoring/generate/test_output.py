"""What is committed, held against the code, promtool, and the runbook. `make test` runs it."""

import json
import re
import subprocess
import unittest
from itertools import combinations

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from . import output
from .alerts import ALERTS
from .model import PAGE, TICKET
from .output import FOLDER
from .panels import GRID_WIDTH

RULES = FOLDER / "rules" / "parcelgate.rules.yml"
CASES = sorted((FOLDER / "tests").glob("*.yml"))
RUNBOOK = FOLDER.parent.parent / "docs" / "runbook.md"
NAMES = {alert.name for alert in ALERTS}


def promtool(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)


class Committed(unittest.TestCase):
    def test_it_is_what_the_code_makes(self):
        for name, text in output.files().items():
            with self.subTest(name):
                committed = (FOLDER / name).read_text(encoding="utf-8")
                self.assertTrue(committed == text, f"{name} is not what the code makes: run `make monitoring`")

    def test_nothing_else_is_there(self):
        folders = ["dashboards", "kubernetes", "rules"]
        there = {str(path.relative_to(FOLDER)) for folder in folders for path in (FOLDER / folder).iterdir()}
        self.assertEqual(there, {*output.files(), "kubernetes/kustomization.yaml"})


class Rules(unittest.TestCase):
    def test_promtool_takes_them(self):
        said = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    def test_alerts_say_how_urgent_they_are_and_what_to_read(self):
        self.assertEqual(len(NAMES), len(ALERTS), "two alerts share a name")
        for alert in ALERTS:
            with self.subTest(alert.name):
                self.assertIn(alert.severity, (PAGE, TICKET))
                self.assertTrue(alert.summary and alert.description.endswith((".", "?")))
                self.assertTrue(alert.as_dict()["annotations"]["runbook_url"].endswith(f"#{alert.name.lower()}"))


def untested(names: set, files: list) -> list:
    """Alerts without a case in which they fire, or without one in which they do not."""
    seen = {
        (case["alertname"], bool(case.get("exp_alerts")))
        for file in files
        for test in file["tests"]
        for case in test["alert_rule_test"]
    }
    kinds = {True: "fires", False: "does not fire"}
    return [f"no case in which {name} {kinds[kind]}" for name in sorted(names) for kind in kinds if (name, kind) not in seen]


class Cases(unittest.TestCase):
    def test_alerts_fire_when_they_should_and_only_then(self):
        said = promtool("test", "rules", *CASES)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    def test_each_alert_has_a_case_of_both_kinds(self):
        self.assertEqual(untested(NAMES, [yaml.safe_load(path.read_text()) for path in CASES]), [])

    def test_a_missing_case_is_seen(self):
        def file(*cases):
            return {"tests": [{"alert_rule_test": list(cases)}]}

        fires = {"alertname": "A", "exp_alerts": [{}]}
        silent = {"alertname": "A"}
        self.assertEqual(untested({"A"}, [file(fires), file(silent)]), [])
        self.assertEqual(untested({"A"}, [file(fires)]), ["no case in which A does not fire"])
        self.assertEqual(untested({"A"}, [file(silent)]), ["no case in which A fires"])


class Runbook(unittest.TestCase):
    def test_each_alert_has_a_section_and_each_section_an_alert(self):
        sections = re.findall(r"^### (\S+)$", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
        self.assertEqual(sorted(sections), sorted(NAMES))

    def test_its_links_lead_somewhere(self):
        text = RUNBOOK.read_text(encoding="utf-8")
        headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)}
        links = set(re.findall(r"\]\(#([^)]+)\)", text))
        self.assertTrue(links)
        self.assertEqual(links - headings, set())


def misplaced(panels: list) -> list:
    """Panels that lie over each other or beyond the grid, by their titles."""

    def edges(panel):
        at = panel["gridPos"]
        return at["x"], at["y"], at["x"] + at["w"], at["y"] + at["h"]

    def overlap(one, other):
        (left, top, right, bottom), (left2, top2, right2, bottom2) = edges(one), edges(other)
        return left < right2 and left2 < right and top < bottom2 and top2 < bottom

    beyond = [panel["title"] for panel in panels if edges(panel)[2] > GRID_WIDTH]
    return beyond + [
        f"{one['title']} and {other['title']}" for one, other in combinations(panels, 2) if overlap(one, other)
    ]


class Boards(unittest.TestCase):
    def setUp(self):
        self.boards = {
            name: json.loads((FOLDER / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
            for name in output.BOARDS
        }

    def each_panel(self):
        for name, board in self.boards.items():
            for panel in board["panels"]:
                if panel["type"] != "row":
                    with self.subTest(f"{name}: {panel['title']}"):
                        yield panel

    def test_grafanas_types_take_all_of_them(self):
        for name, board in self.boards.items():
            with self.subTest(name):
                read = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
                self.assertEqual(read, board)

    def test_panels_lie_beside_each_other(self):
        for name, board in self.boards.items():
            with self.subTest(name):
                self.assertEqual(misplaced(board["panels"]), [])
                ids = [panel["id"] for panel in board["panels"]]
                self.assertEqual(len(ids), len(set(ids)))

    def test_a_misplaced_panel_is_seen(self):
        def panel(title, x, y, w, h):
            return {"title": title, "gridPos": {"x": x, "y": y, "w": w, "h": h}}

        fits = [panel("a", 0, 0, 12, 4), panel("b", 12, 0, 12, 4), panel("c", 0, 4, 24, 4)]
        self.assertEqual(misplaced(fits), [])
        self.assertEqual(misplaced([*fits, panel("d", 11, 3, 2, 2)]), ["a and d", "b and d", "c and d"])
        self.assertEqual(misplaced([panel("e", 20, 0, 8, 4)]), ["e"])

    def test_panels_explain_themselves(self):
        for panel in self.each_panel():
            self.assertTrue(panel["title"] and panel["description"].endswith("."))
            self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
            self.assertTrue(panel["targets"])

    def test_panels_ask_for_what_is_chosen(self):
        for panel in self.each_panel():
            self.assertEqual(panel["datasource"]["uid"], "${datasource}")
            for target in panel["targets"]:
                self.assertEqual(target["datasource"]["uid"], "${datasource}")
                selectors = re.findall(r"\{([^}]*)\}", target["expr"])
                self.assertTrue(selectors and all('hub=~"$hub"' in matchers for matchers in selectors))


if __name__ == "__main__":
    unittest.main()
