"""Agree or disagree: each statement held against what a survey measured, by its stated rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.messages import Message
from headlight.models.core.outputs import Task
from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.statements import (
    BROAD,
    MARGIN,
    MOST,
    POSITIONAL,
    SMALL,
    STATEMENTS,
    Statement,
)
from headlight.models.experiments.claims.survey import Rates, Survey, passages
from headlight.models.measures.resampling import bootstrap

FEWEST_LINKS = 20
"""Links that must remain in a model that cannot look at later words."""


@dataclass(frozen=True, slots=True)
class HeadName:
    kind: Kind
    layer: int
    head: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What something simpler than a head reaches, as a share."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class SupervisedValue:
    """The best of the heads that were taught to point, which the verdict leaves out."""

    head: HeadName
    task: Task
    value: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A token of the example: its position, and its characters, None for a special one."""

    position: int
    start: int | None
    end: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A text of ours to open the head on, and a link that it makes there, if it is about one."""

    text: str
    query: Spot | None
    key: Spot | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the model does, beside what the rule asks.

    value       a share, 0..1; of [SEP]'s norms a ratio, 0 or more
    low, high   95 % bootstrap interval over sentences
    threshold   what the rule compares it with: `value` agrees if it is at least that (`at_least`)
                or at most that
    clear       whether the whole interval is on the same side
    head        the best head, or the one that shows it best
    passing     how many of `heads`, the heads that were not taught, keep the rule by themselves
    taught      told of links only: what is taught is to follow some
    counted     how many `unit`s it was measured on
    detail      what else must be known to read the value, in words, or None
    """

    value: float
    low: float
    high: float
    threshold: float
    at_least: bool
    head: HeadName
    passing: int
    heads: int
    counted: int
    unit: str
    baselines: tuple[Baseline, ...]
    supervised: SupervisedValue | None
    example: Example
    detail: str | None = None

    @property
    def agrees(self) -> bool:
        return self.value >= self.threshold if self.at_least else self.value <= self.threshold

    @property
    def clear(self) -> bool:
        sides = {
            end >= self.threshold if self.at_least else end <= self.threshold
            for end in (self.low, self.high)
        }
        return sides == {self.agrees}


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement, and what came of asking: a measure, or the reason why there is none."""

    statement: Statement
    measured: Measured | None
    reason: str | None


def judge(survey: Survey, asked: Iterable[Statement] = STATEMENTS) -> Iterator[Finding]:
    """Each statement in turn. The survey has read every sentence, and for "broad" every passage."""
    for statement in asked:
        measured = survey.unreadable or _MEASURES[statement.id](survey, statement)
        if isinstance(measured, str):
            yield Finding(statement, None, measured)
        else:
            yield Finding(statement, measured, None)


LATER = Message("A word of this model cannot look at later words.")
NO_NEIGHBOUR = Message("No token of our sentences has a neighbour.")


def _neighbour(survey: Survey, statement: Statement) -> Measured | Message:
    if statement.id == "next" and survey.causal:
        return LATER
    rates = survey.weights[statement.id].result()
    if rates is None:
        return NO_NEIGHBOUR
    return _best(survey, rates, MOST, "words", (_even(rates),), statement.id)


def _positional(survey: Survey, statement: Statement) -> Measured | Message:
    """The best head over both sides; `passing` counts heads of either."""
    found = []
    for side in ("previous", "next"):
        rates = None if side == "next" and survey.causal else survey.hits[side].result()
        if rates is not None:
            found.append(_best(survey, rates, POSITIONAL, "words", (), side))
    if not found:
        return NO_NEIGHBOUR
    best = max(found, key=lambda one: one.value)
    return replace(best, passing=sum(one.passing for one in found))


def _broad(survey: Survey, statement: Statement) -> Measured | Message:
    """Shares of the strongest key: the smallest is the broadest."""
    rates = survey.largest.result()
    if rates is None:
        return Message("This model reads no text as long as six sentences.")
    half = (survey.layers + 1) // 2
    low = [index for index in survey.free if survey.heads[index][0] < half]
    if not low:
        return Message("Every head of its lower layers was taught.")
    return _best(survey, rates, BROAD, "words", (_even(rates),), None, among=low, at_least=False)


def _separator(survey: Survey, statement: Statement) -> Measured | Message:
    sink, at = survey.sink, _middle_heads(survey)
    if sink is None:
        return _no_separator(survey)
    sums = (sink.weight[:, at].mean(-1) * sink.queries)[:, None]
    value, low, high = _ratio(sums, sink.queries)
    by_head = sink.queries @ sink.weight / sink.queries.sum()
    best = max(at, key=lambda index: float(by_head[index]))
    return Measured(
        value=value,
        low=low,
        high=high,
        threshold=MOST,
        at_least=True,
        head=_name(survey, best),
        passing=int((by_head[at] >= MOST).sum()),
        heads=len(at),
        counted=int(sink.queries.sum()),
        unit="words",
        baselines=(Baseline(Message("even attention"), sink.even),),
        supervised=None,
        example=_example(survey, "separator", best),
    )


def _norms(survey: Survey, statement: Statement) -> Measured | Message:
    sink, at = survey.sink, _middle_heads(survey)
    if sink is None:
        return _no_separator(survey)
    if sink.weighted.isnan().any():
        return Message(
            "This model has no output projection, so that a weight carries no vector of its own."
        )
    weighted = sink.weighted[:, at].mean(-1) * sink.queries
    weight = sink.weight[:, at].mean(-1) * sink.queries
    value, low, high = _ratio(weighted[:, None], weight)
    by_head = (sink.queries @ sink.weighted) / (sink.queries @ sink.weight)
    lost = sink.queries @ (sink.weight - sink.weighted)
    best = max(at, key=lambda index: float(lost[index]))
    return Measured(
        value=value,
        low=low,
        high=high,
        threshold=SMALL,
        at_least=False,
        head=_name(survey, best),
        passing=int((by_head[at] <= SMALL).sum()),
        heads=len(at),
        counted=int(sink.queries.sum()),
        unit="words",
        baselines=(Baseline(Message("vectors of equal length"), 1.0),),
        supervised=None,
        example=_example(survey, "separator", best),
        detail=(
            Message(
                "The separator gets {weights} of the weights, and {lengths} when lengths count.",
                weights=_percent(weight.sum() / sink.queries.sum()),
                lengths=_percent(weighted.sum() / sink.queries.sum()),
            )
        ),
    )


def _relation(survey: Survey, statement: Statement) -> Measured | Message:
    assert statement.relation is not None
    about, followed = survey.tallies[statement.relation].result()
    if followed is None or about.links < FEWEST_LINKS:
        return Message(
            "A word of this model cannot look at later words, and {masked} of our {links} links go "
            "there.",
            masked=about.masked,
            links=about.masked + about.links,
        )
    assert about.offset_accuracy is not None and about.chance is not None
    assert about.nearest_accuracy is not None
    ends = [head.accuracy_interval for head in followed]
    rates = Rates(
        torch.tensor([head.accuracy for head in followed], dtype=torch.float64),
        torch.tensor([0.0 if end is None else end.low for end in ends], dtype=torch.float64),
        torch.tensor([1.0 if end is None else end.high for end in ends], dtype=torch.float64),
        about.links,
        about.chance,
    )
    baselines = (
        Baseline(
            Message("the best fixed offset ({offset})", offset=f"{about.offset:+d}"),
            about.offset_accuracy,
        ),
        Baseline(Message("the word before"), about.nearest_accuracy),
        Baseline(Message("any word by chance"), about.chance),
    )
    threshold = about.offset_accuracy + MARGIN
    best = _best(survey, rates, threshold, "links", baselines, statement.relation)
    return replace(best, supervised=_supervised(survey, rates))


_MEASURES = {
    "previous": _neighbour,
    "next": _neighbour,
    "positional": _positional,
    "broad": _broad,
    "separator": _separator,
    "norms": _norms,
    "determiner": _relation,
    "object": _relation,
    "possessive": _relation,
    "antecedent": _relation,
}


def _best(
    survey: Survey,
    rates: Rates,
    threshold: float,
    unit: str,
    baselines: tuple[Baseline, ...],
    shown: str | None,
    *,
    among: list[int] | None = None,
    at_least: bool = True,
) -> Measured:
    """The head that keeps the rule best, the first of equals: that of the largest share, of the
    smallest where the rule is a share of at most `threshold`.

    `among`: its heads; None: all that nobody taught. `shown`: links of which sort are its
    example; None: it is about no link, and a passage is.
    """
    heads = survey.free if among is None else among
    shares = {index: float(rates.value[index]) for index in heads}
    at = (max if at_least else min)(heads, key=shares.__getitem__)
    return Measured(
        value=shares[at],
        low=float(rates.low[at]),
        high=float(rates.high[at]),
        threshold=threshold,
        at_least=at_least,
        head=_name(survey, at),
        passing=sum(
            share >= threshold if at_least else share <= threshold for share in shares.values()
        ),
        heads=len(heads),
        counted=rates.counted,
        unit=unit,
        baselines=baselines,
        supervised=None,
        example=Example(passages()[0], None, None)
        if shown is None
        else _example(survey, shown, at),
    )


def _supervised(survey: Survey, rates: Rates) -> SupervisedValue | None:
    """The best of the supervised heads, with what it was taught."""
    found = [
        SupervisedValue(
            HeadName(each.kind, each.layer, each.head),
            each.task,
            float(rates.value[survey.heads.index((each.layer, each.head))]),
        )
        for each in survey.supervised
        if each.kind == survey.kind
    ]
    return max(found, key=lambda each: each.value, default=None)


def _ratio(
    sums: Float[Tensor, "sentence 1"], counts: Float[Tensor, " sentence"]
) -> tuple[float, float, float]:
    """sums / counts over all sentences, and the ends of its interval."""
    ends = bootstrap(sums, counts)
    assert ends is not None, "there are many sentences"
    return float(sums.sum() / counts.sum()), float(ends[0, 0]), float(ends[1, 0])


def _percent(share: Tensor) -> str:
    return f"{100 * float(share):.1f} %"


def _middle_heads(survey: Survey) -> list[int]:
    return [i for i, (layer, _) in enumerate(survey.heads) if layer in survey.middle]


def _no_separator(survey: Survey) -> Message:
    if survey.causal:
        return LATER
    return Message("This model closes no text with a separator such as [SEP].")


def _name(survey: Survey, index: int) -> HeadName:
    return HeadName(survey.kind, *survey.heads[index])


def _even(rates: Rates) -> Baseline:
    return Baseline(Message("even attention"), rates.even)


def _example(survey: Survey, shown: str, head: int) -> Example:
    """The strongest link of that sort that the head makes in our sentences."""
    text, query_pos, key_pos = survey.shown[shown].of(head)
    tokens = survey.read[text].tokens
    query, key = (
        Spot(pos, tokens[pos].start, tokens[pos].end, tokens[pos].text)
        for pos in (query_pos, key_pos)
    )
    return Example(sentences()[text].text, query, key)
