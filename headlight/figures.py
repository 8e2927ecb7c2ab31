"""A head's pattern as live Plotly figures: the heatmap, and the links between tokens. They hold the
numbers, labels and order that the page shows, and no token of a text is read as markup.

Plotly is imported when the first figure is made.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Callable
from collections.abc import Sequence as Seq
from typing import TYPE_CHECKING, Any

import numpy as np
import regex
from numpy.typing import NDArray

from headlight.models.core.messages import Message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

RAMP = ("#faf7f2", "#f6dcb2", "#e59a3c", "#a84e08", "#3a1703")
LINK = "168, 78, 8"
STEPS = 33
LABEL = 14  # characters of a token on an axis
NAME = 24  # and where it is named
MOST_TICKS = 48  # more make Plotly crawl
FAINTEST = 0.0005

_UNSEEN = regex.compile(r"(?! )[\p{Z}\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}]+")
_BREAKS = frozenset("\n\r\u2028\u2029")


def visible(text: str) -> str:
    """The text with a sign for each character that nobody sees."""
    return "".join(
        _sign(each) if _UNSEEN.fullmatch(each) else each for each in regex.findall(r"\X", text)
    )


def _sign(segment: str) -> str:
    if set(segment) <= _BREAKS:
        return "⏎"
    if segment == "\t":
        return "⇥"
    if all(unicodedata.category(each) == "Zs" for each in segment):
        return "␣"
    code = ord(segment[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "".join(f"‹{ord(each):04X}›" for each in segment)


def token_label(text: str, most: int = LABEL) -> str:
    """A token as the page writes it: blanks made visible, long ones cut between characters."""
    shown = regex.sub(r"^ +(?=.)", "", visible(text), flags=regex.DOTALL)
    if shown == "":
        return "∅"
    if not shown.strip(" "):
        return "␣"
    letters = regex.findall(r"\X", shown)
    return shown if len(letters) <= most else "".join(letters[: most - 1]) + "…"


def _names(tokens: Seq[str]) -> list[str]:
    """Tokens with their positions, "Law (2)", safe in Plotly's markup."""
    return [f"{html.escape(token_label(each, NAME))} ({pos})" for pos, each in enumerate(tokens)]


def _ticks(tokens: Seq[str]) -> dict[str, Any]:
    """Numeric axes with labels: tokens repeat, and Plotly merges equal labels."""
    step = max(1, math.ceil(len(tokens) / MOST_TICKS))
    places = list(range(0, len(tokens), step))
    shown = [html.escape(token_label(tokens[pos])) for pos in places]
    texts = shown if step == 1 else [f"{p} {text}" for p, text in zip(places, shown, strict=True)]
    return {"tickvals": places, "ticktext": texts, "showgrid": False, "zeroline": False}


def _colorscale() -> list[list[Any]]:
    """The page's ramp on its square root scale, so that the numbers stay weights."""
    stops = np.array([[int(each[i : i + 2], 16) for i in (1, 3, 5)] for each in RAMP], dtype=float)
    scale = []
    for share in np.linspace(0, 1, STEPS):
        place = math.sqrt(share) * (len(stops) - 1)
        low = min(int(place), len(stops) - 2)
        red, green, blue = stops[low] + (place - low) * (stops[low + 1] - stops[low])
        scale.append([float(share), f"rgb({red:.0f}, {green:.0f}, {blue:.0f})"])
    return scale


def head_title(model: str, kind: str, layer: int, head: int) -> Message:
    """What a head's picture is called."""
    return Message(
        "{model}: {kind} layer {layer} head {head}", model=model, kind=kind, layer=layer, head=head
    )


QUERY, KEY, WEIGHT = Message("query"), Message("key"), Message("weight")
Say = Callable[[str], str]
"""Says a message in the language of those who look."""


def heatmap(
    pattern: NDArray[Any],
    query_tokens: Seq[str],
    key_tokens: Seq[str],
    title: str,
    *,
    say: Say = str,
) -> Figure:
    """The weights of one head, [query_pos, key_pos], as cells: queries run down, keys across.
    NaN (masked) stays blank. `z` holds the weights themselves; colours go by their square root."""
    import plotly.graph_objects as go

    size = max(320, min(900, 22 * max(pattern.shape)))
    names = np.empty((*pattern.shape, 2), dtype=object)
    names[..., 0] = np.array(_names(query_tokens), dtype=object)[:, None]
    names[..., 1] = np.array(_names(key_tokens), dtype=object)[None, :]
    trace = go.Heatmap(
        z=pattern,
        zmin=0,
        zmax=float(np.nanmax(pattern, initial=0)) or 1.0,
        colorscale=_colorscale(),
        xgap=1 if max(pattern.shape) <= 64 else 0,
        ygap=1 if max(pattern.shape) <= 64 else 0,
        colorbar={"title": {"text": say(WEIGHT)}},
        customdata=names,
        hovertemplate=f"{say(QUERY)} %{{customdata[0]}}<br>{say(KEY)} %{{customdata[1]}}<br>"
        f"{say(WEIGHT)} %{{z:.4g}}<extra></extra>",
    )
    layout = {
        "title": {"text": html.escape(say(title))},
        "width": size + 180,
        "height": size + 140,
        "template": "simple_white",
        "xaxis": {**_ticks(key_tokens), "title": {"text": say(KEY)}, "side": "top"},
        "yaxis": {**_ticks(query_tokens), "title": {"text": say(QUERY)}, "autorange": "reversed"},
    }
    return go.Figure(trace, layout)


def links(
    pattern: NDArray[Any],
    query_tokens: Seq[str],
    key_tokens: Seq[str],
    title: str,
    *,
    top_k: int = 3,
    threshold: float = 0.05,
    say: Say = str,
) -> Figure:
    """The strongest links of one head: queries on the left, keys on the right, a curve for each of
    a query's `top_k` strongest weights of at least `threshold`, the weakest drawn first."""
    import plotly.graph_objects as go

    found = strongest_links(pattern, top_k, threshold)
    names = _names(query_tokens), _names(key_tokens)
    rows = max(len(query_tokens), len(key_tokens))
    curves = []
    for query_pos, key_pos, weight in found:
        x, y = _curve(query_pos, key_pos)
        told = f"{names[0][query_pos]} → {names[1][key_pos]}<br>{say(WEIGHT)} {weight:.4g}"
        curves.append(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={
                    "width": 0.75 + 5.25 * weight,
                    "color": f"rgba({LINK}, {min(1.0, 0.04 + 0.96 * weight**0.45):.3f})",
                },
                customdata=[[query_pos, key_pos, weight]] * len(x),
                hovertemplate=f"{told}<extra></extra>",
                showlegend=False,
            )
        )
    sides = [
        go.Scatter(
            x=[place] * len(tokens),
            y=list(range(len(tokens))),
            mode="text",
            text=[html.escape(token_label(each, NAME)) for each in tokens],
            textposition=position,
            customdata=list(range(len(tokens))),
            hovertemplate="%{text} (%{customdata})<extra></extra>",
            name=side,
            showlegend=False,
        )
        for side, place, tokens, position in (
            (say(QUERY), 0.0, query_tokens, "middle left"),
            (say(KEY), 1.0, key_tokens, "middle right"),
        )
    ]
    hidden = {"visible": False}
    layout = {
        "title": {"text": html.escape(say(title))},
        "width": 640,
        "height": max(320, 24 * rows + 120),
        "template": "simple_white",
        "xaxis": {**hidden, "range": [-0.6, 1.6]},
        "yaxis": {**hidden, "range": [rows - 0.5, -0.5]},
    }
    return go.Figure([*curves, *sides], layout)


def strongest_links(
    pattern: NDArray[Any], top_k: int, threshold: float
) -> list[tuple[int, int, float]]:
    """(query_pos, key_pos, weight) of each query's `top_k` strongest, the weakest first."""
    found = []
    for query_pos, row in enumerate(pattern):
        best = np.argsort(-np.nan_to_num(row, nan=-1.0), kind="stable")[:top_k]
        found += [
            (query_pos, int(key_pos), float(row[key_pos]))
            for key_pos in best
            if row[key_pos] >= max(threshold, FAINTEST)
        ]
    return sorted(found, key=lambda link: link[2])


def _curve(query_pos: int, key_pos: int, points: int = 24) -> tuple[list[float], list[float]]:
    """A Bezier curve with level ends, as points."""
    t = np.linspace(0, 1, points)
    x = 1.5 * t - 1.5 * t**2 + t**3
    y = query_pos + (key_pos - query_pos) * (3 * t**2 - 2 * t**3)
    return x.round(4).tolist(), y.round(4).tolist()
