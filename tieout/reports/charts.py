"""The report's pictures: Vega-Lite specifications drawn to SVG, without a browser, a network or a script.

Colours are CSS variables of the page, so that one picture serves light, dark and print. Each picture has a name and a
sentence for screen readers, and its figures stand in a table beside it. Words come from ``words``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import vl_convert

from tieout.reports.words import Words

_WIDTH: Final = 680
_FONT: Final = "Liberation Sans, Arimo, Helvetica, Arial, sans-serif"
_AXIS: Final = {"labelColor": "var(--faint)", "titleColor": "var(--faint)", "tickColor": "var(--line)",
                "domainColor": "var(--line)", "gridColor": "var(--line)"}  # fmt: skip
_CONFIG: Final = {
    "background": "transparent",
    # Readers' fonts may be wider than the one the drawing was measured with.
    "padding": {"left": 28, "top": 5, "right": 48, "bottom": 5},
    "font": _FONT,
    "view": {"stroke": "transparent"},
    "axis": {**_AXIS, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
    "axisX": {"labelOverlap": True, "labelSeparation": 14},
    "axisY": {"titlePadding": 14},
    "legend": {
        "labelColor": "var(--ink)",
        "labelFontSize": 12,
        "orient": "top",
        "title": None,
        "symbolStrokeWidth": 3,
        "symbolType": "stroke",
        "symbolSize": 300,
    },
}


def tie_out_chart(tie_out: Mapping[str, Any], words: Words, identity: str) -> str:
    """Subledger against ledger at every month end, and the difference day by day below."""
    sides = [
        {"date": point["as_of"], "side": words(side), "amount": _figure(point[f"{side}_balance"])}
        for point in tie_out["points"]
        for side in ("subledger", "ledger")
    ]
    first, last = tie_out["points"][0]["as_of"], tie_out["points"][-1]["as_of"]
    steps = (
        [{"date": first, "difference": 0}]
        if not tie_out["days"] or tie_out["days"][0]["date"] > first
        else []
    )
    steps += [{"date": day["date"], "difference": _figure(day["difference"])} for day in tie_out["days"]]
    steps.append({"date": last, "difference": _figure(tie_out["difference"])})
    when = {"field": "date", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None,
            "axis": {"format": words.month_format, "grid": False, "labelOverlap": True},
            "scale": {"type": "utc"}}  # fmt: skip
    parted = [
        {"date": tie_out["parted_on"], "text": words("parted_on", date=words.date(tie_out["parted_on"]))}
    ]
    balances: list[dict[str, Any]] = [
        {
            "data": {"values": sides},
            "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 14}},
            "encoding": {
                "x": when,
                "y": {
                    "field": "amount",
                    "type": "quantitative",
                    "title": words("balance_sek"),
                    "axis": {"format": ",.0f"},
                },
                "color": {
                    "field": "side",
                    "scale": {
                        "domain": [words("subledger"), words("ledger")],
                        "range": ["var(--sub)", "var(--led)"],
                    },
                },
                "strokeDash": {
                    "field": "side",
                    "scale": {"domain": [words("subledger"), words("ledger")], "range": [[1, 0], [5, 4]]},
                },
            },
        }
    ]
    if tie_out["parted_on"]:
        rule = {"x": {**when, "field": "date"}}
        balances.append(
            {
                "data": {"values": parted},
                "mark": {"type": "rule", "color": "var(--bad)", "strokeDash": [2, 2], "strokeWidth": 1.5},
                "encoding": rule,
            }
        )
        balances.append(
            {
                "data": {"values": parted},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 5,
                    "dy": 4,
                    "fontSize": 12,
                    "color": "var(--bad)",
                },
                "encoding": {**rule, "y": {"value": 0}, "text": {"field": "text"}},
            }
        )
    spec = {
        "vconcat": [
            {"width": _WIDTH, "height": 210, "layer": balances},
            {
                "width": _WIDTH,
                "height": 90,
                "data": {"values": steps},
                "mark": {"type": "area", "interpolate": "step-after", "color": "var(--bad)", "opacity": 0.35,
                         "line": {"color": "var(--bad)", "strokeWidth": 1.5, "interpolate": "step-after"}},
                "encoding": {
                    "x": when,
                    "y": {"field": "difference", "type": "quantitative", "title": words("difference_sek"),
                          "axis": {"format": ",.0f", "tickCount": 4}},
                },
            },
        ],
        "spacing": 12,
        "resolve": {"scale": {"x": "shared"}},
    }  # fmt: skip
    title = words("chart_tie_out", account=tie_out["control_account"])
    amount = words.money(tie_out["difference"])
    told = words("chart_tie_out_told", first=words.date(first), last=words.date(last), amount=amount)
    return _svg(spec, words, title, told, identity)


def bridge_chart(tie_out: Mapping[str, Any], words: Words, identity: str) -> str:
    """The bridge as a waterfall: one bar per cause, from nothing to the whole difference."""
    bars, running = [], Decimal(0)
    for row in tie_out["bridge"]["causes"]:
        if Decimal(row["difference"]):
            after = running + Decimal(row["difference"])
            bars.append(_bar(words.cause(row["cause"]), running, after, row["difference"], words))
            running = after
    bars.append(
        _bar(words("whole_difference"), Decimal(0), running, tie_out["difference"], words, whole=True)
    )
    order = [bar["cause"] for bar in bars]
    y = {"field": "cause", "type": "nominal", "sort": order, "title": None,
         "axis": {"labelLimit": 260, "labelColor": "var(--ink)", "ticks": False, "domain": False}}  # fmt: skip
    spec = {
        "width": _WIDTH - 190,
        "height": {"step": 26},
        "data": {"values": bars},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "height": 16},
                "encoding": {
                    "x": {"field": "from", "type": "quantitative", "title": words("difference_sek"),
                          "axis": {"format": ",.0f", "tickCount": 6}},
                    "x2": {"field": "to"},
                    "color": {"field": "kind", "legend": None, "scale": {
                        "domain": ["less", "more", "whole"], "range": ["var(--led)", "var(--sub)", "var(--bad)"]}},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": "var(--ink)", "fontSize": 12},
                "encoding": {"x": {"field": "edge", "type": "quantitative"}, "text": {"field": "shown"}},
            },
        ],
    }  # fmt: skip
    title = words("chart_bridge", account=tie_out["control_account"])
    told = "; ".join(bar["label"] for bar in bars)
    return _svg(spec, words, title, told, identity)


def _bar(
    cause: str, start: Decimal, end: Decimal, amount: str, words: Words, *, whole: bool = False
) -> dict[str, Any]:
    shown = words.money(amount)
    return {
        "cause": cause,
        "from": _figure(start),
        "to": _figure(end),
        "edge": _figure(max(start, end)),
        "kind": "whole" if whole else "more" if end > start else "less",
        "shown": shown,
        "label": f"{cause}: {shown}",
    }


def ageing_chart(rows: Sequence[Mapping[str, Any]], words: Words, identity: str) -> str:
    """What is open by age, one bar per age."""
    bars = [
        {
            "age": words.age(row["age"]),
            "amount": _figure(row["amount"]),
            "edge": max(_figure(row["amount"]), 0.0),
            "shown": words.money(row["amount"]),
        }
        for row in rows
    ]
    y = {"field": "age", "type": "nominal", "sort": None, "title": None,
         "axis": {"labelLimit": 200, "labelColor": "var(--ink)", "ticks": False, "domain": False}}  # fmt: skip
    spec = {
        "width": _WIDTH - 190,
        "height": {"step": 26},
        "data": {"values": bars},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "height": 16, "color": "var(--sub)"},
                "encoding": {"x": {"field": "amount", "type": "quantitative", "title": words("open_sek"),
                                   "axis": {"format": ",.0f", "tickCount": 6}}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": "var(--ink)", "fontSize": 12},
                "encoding": {"x": {"field": "edge", "type": "quantitative"}, "text": {"field": "shown"}},
            },
        ],
    }  # fmt: skip
    subledger = words.subledger(rows[0]["subledger"])
    title = words("chart_ageing", subledger=subledger)
    told = "; ".join(f"{bar['age']}: {bar['shown']}" for bar in bars)
    return _svg(spec, words, title, told, identity)


def _figure(amount: str | Decimal) -> float:
    """A position on a picture; amounts that are read stand in text."""
    return float(amount)


def _svg(spec: Mapping[str, Any], words: Words, title: str, told: str, identity: str) -> str:
    """The drawing, named and described, as wide as its column."""
    drawn: str = vl_convert.vegalite_to_svg(
        {**spec, "config": _CONFIG, "description": title},
        vl_version="6.4",
        allowed_base_urls=[],
        format_locale=words.locale,
        time_format_locale=words.locale,
    )
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
    if size is None:
        raise ValueError("a drawing without a view box")
    # The picture is one image with one text; its table holds the figures. Vega's roles inside it would say less.
    body = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn[drawn.index(">") + 1 :])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{identity}-t {identity}-d"'
        f' viewBox="0 0 {size[1]} {size[2]}" style="max-width:{size[1]}px">'
        f'<title id="{identity}-t">{_escaped(title)}</title><desc id="{identity}-d">{_escaped(told)}</desc>{body}'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
