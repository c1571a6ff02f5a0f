"""How panels and boards look. What they show is in `overview` and `engineer`."""

import string

from grafana_foundation_sdk.builders import bargauge, common, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

GRID_WIDTH = 24

_DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

# Every label of a series, none of them where there is no such label: `.*` also matches what is not there, so that the
# boards work whether or not series have the label `hub`.
_ALL = ".*"

GREEN, YELLOW, RED, BLUE = "green", "yellow", "red", "blue"


def select(metric: str, *matchers: str) -> str:
    """A metric of the hubs and instances that are chosen."""
    return _braced(metric, 'hub=~"$hub"', 'instance=~"$instance"', *matchers)


def of_hub(metric: str, *matchers: str) -> str:
    """A recorded metric of the hubs that are chosen; it has no instances."""
    return _braced(metric, 'hub=~"$hub"', *matchers)


def _braced(metric: str, *matchers: str) -> str:
    return f"{metric}{{{', '.join(matchers)}}}"


def rate(metric: str, *matchers: str) -> str:
    return f"rate({select(metric, *matchers)}[$__rate_interval])"


def per_second(by: str, metric: str, *matchers: str) -> str:
    """How fast a counter counts, by labels."""
    return f"sum by ({by}) ({rate(metric, *matchers)})"


def increase(by: str, metric: str, *matchers: str) -> str:
    """How far a counter came in the time that the board shows."""
    return f"sum by ({by}) (increase({select(metric, *matchers)}[$__range]))"


def quantile(share: float, by: str, histogram: str, *matchers: str) -> str:
    """A quantile of a histogram, by labels beside its buckets."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) ({rate(histogram + '_bucket', *matchers)}))"


def _thresholds(steps: list) -> build.ThresholdsConfig:
    steps = [model.Threshold(value=value, color=color) for value, color in steps]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _queries(exprs: list, instant: bool = False, form: PromQueryFormat | None = None) -> list:
    queries = []
    for ref, (legend, expr) in zip(string.ascii_uppercase, exprs, strict=False):
        query = prometheus.Dataquery().ref_id(ref).expr(expr).legend_format(legend).datasource(_DATASOURCE)
        query = query.instant() if instant else query.range()
        queries.append(query.format(form) if form else query)
    return queries


def _dressed(panel, title: str, says: str, unit: str, span: int, height: int):
    return panel.title(title).description(says).unit(unit).datasource(_DATASOURCE).span(span).height(height)


def graph(
    title: str,
    says: str,
    unit: str,
    exprs: list,
    *,
    span: int = 8,
    height: int = 8,
    stacked: bool = False,
    limit: float | None = None,
    floor: float | None = 0,
    ceiling: float | None = None,
):
    """Lines over time: pairs of legend and expression. `limit` draws a line that is not to be crossed."""
    panel = _dressed(timeseries.Panel(), title, says, unit, span, height).targets(_queries(exprs))
    panel.legend(
        common.VizLegendOptions()
        .display_mode(looks.LegendDisplayMode.LIST)
        .placement(looks.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    panel.tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
    panel.line_width(1).fill_opacity(30 if stacked else 8).show_points(looks.VisibilityMode.NEVER)
    if stacked:
        panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL).group("A"))
    if limit is not None:
        panel.thresholds(_thresholds([(None, GREEN), (limit, RED)]))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(looks.GraphTresholdsStyleMode.DASHED))
    if floor is not None:
        panel.min(floor)
    if ceiling is not None:
        panel.max(ceiling)
    return panel


def number(
    title: str, says: str, unit: str, expr: str, steps: list, *, span: int = 4, legend: str = "", decimals: int | None = None
):
    """One number that says at a glance how things are: its colour follows `steps`."""
    panel = _dressed(stat.Panel(), title, says, unit, span, 4).targets(_queries([(legend, expr)]))
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    panel.color_mode(looks.BigValueColorMode.BACKGROUND if len(steps) > 1 else looks.BigValueColorMode.VALUE)
    panel.graph_mode(looks.BigValueGraphMode.AREA).thresholds(_thresholds(steps))
    return panel if decimals is None else panel.decimals(decimals)


def bars(title: str, says: str, unit: str, legend: str, expr: str, *, span: int = 8, height: int = 10):
    """A bar for each series of an expression over the time that the board shows, the longest first."""
    exprs = [(legend, f"sort_desc({expr})")]
    panel = _dressed(bargauge.Panel(), title, says, unit, span, height).targets(_queries(exprs, instant=True))
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    panel.orientation(looks.VizOrientation.HORIZONTAL).display_mode(looks.BarGaugeDisplayMode.BASIC)
    return panel.min(0).decimals(0).thresholds(_thresholds([(None, BLUE)]))


def listing(title: str, says: str, exprs: list, *, span: int = 12, height: int = 8, hide: tuple = ()):
    """A table of label values: pairs of heading and expression, a row for each series."""
    queries = _queries(exprs, instant=True, form=PromQueryFormat.TABLE)
    panel = _dressed(table.Panel(), title, says, "none", span, height).targets(queries)
    panel.show_header(True)
    hidden = {name: True for name in ("Time", "Value", "__name__", "job", *hide)}
    organise = {"excludeByName": hidden, "indexByName": {}, "renameByName": {}}
    if len(exprs) > 1:
        hidden |= {f"Value #{ref}": True for ref in string.ascii_uppercase[: len(exprs)]}
        panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    return panel.with_transformation(model.DataTransformerConfig(id_val="organize", options=organise))


def distribution(title: str, says: str, unit: str, histogram: str, *, span: int = 8, height: int = 8):
    """How values spread over a histogram's buckets, over time."""
    exprs = [("{{le}}", f"sum by (le) ({rate(histogram + '_bucket')})")]
    panel = _dressed(heatmap.Panel(), title, says, unit, span, height)
    panel.targets(_queries(exprs, form=PromQueryFormat.HEATMAP)).calculate(False).show_tooltip()
    colours = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(64).exponent(0.5)
    return panel.color(colours).y_axis(heatmap.YAxisConfig().unit(unit))


class Board:
    """A dashboard: rows of panels, put one after the other on a grid of 24 columns."""

    def __init__(self, uid: str, title: str, says: str, since: str):
        self._panels = 0
        self._board = (
            build.Dashboard(title)
            .uid(uid)
            .description(says)
            .tags(["parcelgate"])
            .time(since, "now")
            .refresh("30s")
            .timezone("browser")
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .readonly()
            .with_variable(build.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
            .with_variable(_chosen("hub", "Hub", "label_values(parcelgate_build_info, hub)"))
            .with_variable(
                _chosen("instance", "Instance", 'label_values(parcelgate_build_info{hub=~"$hub"}, instance)')
            )
            .link(
                build.DashboardLink("Parcelgate")
                .type(model.DashboardLinkType.DASHBOARDS)
                .tags(["parcelgate"])
                .include_vars(True)
                .keep_time(True)
            )
        )

    def row(self, title: str, *panels) -> "Board":
        self._board.with_row(build.Row(title).id(self._next()))
        for panel in panels:
            self._board.with_panel(panel.id(self._next()))
        return self

    def _next(self) -> int:
        self._panels += 1
        return self._panels

    def build(self) -> model.Dashboard:
        return self._board.build()


def _chosen(name: str, label: str, query: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(label)
        .query(query)
        .datasource(_DATASOURCE)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(_ALL)
        .current(model.VariableOption(selected=True, text="All", value="$__all"))
    )
