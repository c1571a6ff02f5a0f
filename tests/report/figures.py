"""The figures of a report, counted the plain way: everything in memory, one loop for each question.

figures.py FOLDER FROM TO prints them as JSON. Days are those of China, UTC+8.
"""

import datetime
import decimal
import json
import pathlib
import sys

folder, first, after = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
china = datetime.timezone(datetime.timedelta(hours=8))
rates = {"CNY": "1", "USD": "7.17", "EUR": "8.40"}


def rows(name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def day(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(china).date().isoformat()


rights = {row["recordalNo"]: row for row in rows("recordals.ndjson")}
declarations = {f"file/0/{number}": row for number, row in enumerate(rows("declarations.ndjson"))}
declared = {row["declarationId"]: row for row in declarations.values()}
decisions, outcomes = rows("decisions.ndjson"), rows("outcomes.ndjson")


def figures(decisions, outcomes):
    seized = [row for row in outcomes if row["kind"] == "OUTCOME_KIND_SEIZED"]
    value = sum(
        decimal.Decimal(row["value"]["amount"]) * decimal.Decimal(rates[row["value"]["currency"]])
        for row in seized
        if row["value"]["currency"] in rates
    )
    return {
        "screened": len(decisions),
        "held": sum(row["verdict"] == "VERDICT_HOLD" for row in decisions),
        "inspected": len(outcomes),
        "seized": len(seized),
        "pieces": sum(row["pieces"] for row in seized),
        "value": str(round(decimal.Decimal(value), 2)),
    }


def total(first, after):
    return figures(
        [row for row in decisions if first <= day(row["decidedAt"]) < after],
        [row for row in outcomes if first <= day(row["concludedAt"]) < after],
    )


now_decisions = [row for row in decisions if first <= day(row["decidedAt"]) < after]
now_outcomes = [row for row in outcomes if first <= day(row["concludedAt"]) < after]


def by(of_decision, of_outcome):
    keys = {key for row in now_decisions for key in of_decision(row)}
    keys |= {key for row in now_outcomes for key in of_outcome(row)}
    return {
        key: figures(
            [row for row in now_decisions if key in of_decision(row)],
            [row for row in now_outcomes if key in of_outcome(row)],
        )
        for key in keys
    }


def channel(row):
    return [row["channel"].removeprefix("CHANNEL_").lower()]


def kinds(row):
    right = rights.get(row["recordalNo"])
    if right is None:
        return ["other"]
    side = "domestic" if right["holder"]["country"] == "CN" else "foreign"
    return [side] + (["key_enterprise"] if right.get("keyEnterprise") else [])


def campaigns_of(decision):
    return sorted({it["ruleId"] for it in decision.get("findings", []) if it["check"] == "campaign"})


decided = {row["declarationId"]: row for row in decisions}
far = {"FR": ["eu"], "KE": ["africa", "belt_and_road"], "US": ["other"]}
goods = {"6404110000": ["footwear", "sportswear"], "4202920000": ["bags"]}


def goods_of(declaration):
    return sorted({group for line in declaration["lines"] for group in goods[line["hsCode"]]})


print(
    json.dumps(
        {
            "now": total(first, after),
            "before": total("2025-07-01", "2026-01-01"),
            "year_before": total("2025-01-01", "2025-07-01"),
            "channel": by(channel, channel),
            "hub": by(lambda row: [row["customsDistrict"][:2]], lambda row: [row["customsDistrict"][:2]]),
            "month": by(lambda row: [day(row["decidedAt"])[:7]], lambda row: [day(row["concludedAt"])[:7]]),
            "holder_kind": by(lambda row: [], kinds),
            "holder": by(
                lambda row: [],
                lambda row: [rights[row["recordalNo"]]["holder"]["name"] if row["recordalNo"] in rights else "other"],
            ),
            "campaign": by(campaigns_of, lambda row: campaigns_of(decided[row["declarationId"]])),
            "region": by(
                lambda row: far[declared[row["declarationId"]]["destinationCountry"]],
                lambda row: far[row["consignee"]["country"]],
            ),
            "goods": by(
                lambda row: goods_of(declared[row["declarationId"]]),
                lambda row: goods_of(declared[row["declarationId"]]),
            ),
            "platform": by(
                lambda row: [declared[row["declarationId"]].get("platformOrder", {}).get("platform", "other")],
                lambda row: [row.get("platform", "other")],
            ),
        }
    )
)
