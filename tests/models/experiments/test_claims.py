"""Published statements about heads: our sentences, what is measured on them, and the verdict."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from headlight.models.core.outputs import SupervisedHead
from headlight.models.core.trace import OutputProjection, Trace
from headlight.models.experiments.claims.findings import Finding, Measured, judge
from headlight.models.experiments.claims.sentences import (
    Relation,
    Sentence,
    read_sentences,
    sentences,
    word_span,
)
from headlight.models.experiments.claims.statements import STATEMENTS
from headlight.models.experiments.claims.survey import PASSAGE, Survey, passages
from headlight.models.zoo.registry import build_registry
from tests.models.traces import sequence, trace_with_patterns

RELATIONS: tuple[Relation, ...] = get_args(Relation)
DETERMINERS = {"a", "an", "the", "this", "that", "those", "every", "no", "some", "which"}
POSSESSIVES = {"my", "your", "his", "her", "its", "our", "their"}
PRONOUNS = {"he", "she", "it", "they", "them", *POSSESSIVES}
LAYERS = 6  # of the models made by hand: 2, 3 and 4 are the middle ones
SMALL_VECTOR = 0.25


def words_of(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


def offsets(relation: Relation) -> list[int]:
    """How many words on each link's key stands."""
    return [
        words.index(link.key) - words.index(link.query)
        for sentence in sentences()
        for words in [words_of(sentence.text)]
        for link in sentence.of(relation)
    ]


# The sentences


def test_there_are_enough_sentences_each_written_once() -> None:
    texts = [sentence.text for sentence in sentences()]
    assert len(texts) >= 40
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_has_links_enough_at_many_distances(relation: Relation) -> None:
    found = Counter(offsets(relation))
    assert found.total() >= 30
    assert len(found) >= 5
    assert max(found.values()) <= 0.6 * found.total(), "one fixed offset would nearly do"


def test_each_span_lies_on_one_whole_word() -> None:
    for sentence in sentences():
        words = words_of(sentence.text)
        for link in sentence.links:
            assert link.query in words
            assert link.key in words
            assert link.query != link.key


def test_each_link_starts_at_a_word_of_its_relation() -> None:
    starts = {"det": DETERMINERS, "poss": POSSESSIVES, "coref": PRONOUNS}
    for sentence in sentences():
        for link in sentence.links:
            word = sentence.text[slice(*link.query)].lower()
            assert link.relation == "dobj" or word in starts[link.relation]


def test_what_a_pronoun_stands_for_comes_before_it() -> None:
    for sentence in sentences():
        assert all(link.key < link.query for link in sentence.of("coref"))


def test_no_word_has_two_heads_of_one_relation() -> None:
    for sentence in sentences():
        for relation in RELATIONS:
            queries = [link.query for link in sentence.of(relation)]
            assert len(set(queries)) == len(queries)


def test_words_become_spans_as_counted_by_hand() -> None:
    (read,) = read_sentences("The cat saw the dog.\n  det: The>cat the>dog\n  dobj: dog>saw\n")
    assert read.text == "The cat saw the dog."
    assert [(link.relation, link.query, link.key) for link in read.links] == [
        ("det", (0, 3), (4, 7)),
        ("det", (12, 15), (16, 19)),
        ("dobj", (16, 19), (8, 11)),
    ]


def test_a_number_says_which_of_like_words() -> None:
    assert word_span("the cat and the dog", "the#2") == (12, 15)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("the cat and the dog\n  det: the>cat", "2 times; give its number"),
        ("the cat\n  det: the>dog", "0 times"),
        ("the cat\n  det: the#2>cat", "has no 'the#2'"),
        ("the category\n  det: the>cat", "0 times"),
        ("the cat\n  amod: the>cat", "not a line of links"),
        ("the cat\n  det: the-cat", "is no link"),
        ("  det: the>cat", "before any sentence"),
    ],
)
def test_a_mistake_in_the_file_is_named(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_sentences(written)


def test_passages_are_all_sentences_six_at_a_time() -> None:
    assert PASSAGE == 6
    assert " ".join(passages()) == " ".join(sentence.text for sentence in sentences())


# The statements


def test_the_figures_are_those_of_the_papers() -> None:
    """Clark et al. 2019, tables 1 and 2."""
    figures = {
        each.id: (each.figure_value, each.figure_baseline)
        for each in STATEMENTS
        if each.figure_value is not None
    }
    assert figures == {
        "determiner": (0.943, 0.517),
        "object": (0.868, 0.4),
        "possessive": (0.805, 0.477),
        "antecedent": (0.64, 0.29),
    }


def test_a_figure_says_in_words_what_it_says_in_numbers() -> None:
    for each in STATEMENTS:
        for value in (each.figure_value, each.figure_baseline):
            percent = "" if value is None else f"{100 * value:.1f}".removesuffix(".0")
            assert re.search(rf"\b{percent}(\.0)? %" if percent else "", each.figure)


# What is measured


def tower_text(text: str) -> str:
    """The sentence as `sequence` reads it: punctuation is a word of its own."""
    return re.sub(r"(\w)([^\w\s])", r"\1~\2", text)


def one_hot(targets: list[int]) -> Tensor:
    return torch.eye(len(targets))[targets]


def made_by_hand(sentence: Sentence, *, causal: bool = False) -> Trace:
    """A run whose five heads do one thing each, the same in every layer.

    0: the token before, 1: the token after, 2: everything alike, 3: [SEP] at 80 %, 4: along
    every link of the sentence, the latest in the file first, and else to the first token.
    The vector of [SEP] is a quarter as long as every other.
    """
    tower = sequence(tower_text(sentence.text))
    n = len(tower)
    previous = one_hot([max(0, pos - 1) for pos in range(n)])
    following = one_hot([min(n - 1, pos + 1) for pos in range(n)])
    even = torch.full((n, n), 1 / n)
    sink = torch.full((n, n), 0.2 / (n - 1))
    sink[:, -1] = 0.8
    at = {token.start: pos for pos, token in enumerate(tower.tokens) if not token.special}
    targets = [0] * n
    for link in sentence.links:
        targets[at[link.query[0]]] = at[link.key[0]]
    patterns = torch.stack([previous, following, even, sink, one_hot(targets)])
    if causal:
        patterns = patterns.tril()
        patterns[patterns.sum(-1) == 0] = torch.eye(n)[0]
        patterns = patterns / patterns.sum(-1, keepdim=True)
    kind = "decoder" if causal else "encoder"
    trace = trace_with_patterns([patterns] * LAYERS, tower, text=sentence.text, kind=kind)
    lengths = torch.ones(n)
    lengths[-1] = SMALL_VECTOR
    projection = OutputProjection(torch.diag(lengths).expand(5, n, n), None)
    return replace(trace, sites=tuple(replace(s, projection=projection) for s in trace.sites))


def surveyed(*, causal: bool = False, supervised: tuple[SupervisedHead, ...] = ()) -> Survey:
    survey = Survey()
    for sentence in sentences():
        survey.add(sentence, replace(made_by_hand(sentence, causal=causal), supervised=supervised))
    for text in passages():
        survey.add_passage(made_by_hand(Sentence(text, ()), causal=causal))
    return survey


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    return {finding.statement.id: finding for finding in judge(surveyed())}


def measured(findings: dict[str, Finding], name: str) -> Measured:
    found = findings[name].measured
    assert found is not None, findings[name].reason
    return found


def test_every_statement_is_answered_once_in_order(findings: dict[str, Finding]) -> None:
    assert list(findings) == [statement.id for statement in STATEMENTS]


@pytest.mark.parametrize(("name", "head"), [("previous", 0), ("next", 1)])
def test_a_head_that_looks_at_a_neighbour_only_gives_it_everything(
    findings: dict[str, Finding], name: str, head: int
) -> None:
    found = measured(findings, name)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))
    assert (found.head.kind, found.head.layer, found.head.head) == ("encoder", 0, head)
    assert found.agrees
    assert found.clear
    assert found.passing == LAYERS
    assert found.heads == 5 * LAYERS
    words = [len(words_of(sentence.text)) for sentence in sentences()]
    assert found.counted == sum(words) - len(words)  # the first, or the last, has no neighbour


def test_positional_heads_of_both_sides_are_counted(findings: dict[str, Finding]) -> None:
    found = measured(findings, "positional")
    assert found.value == 1
    assert found.threshold == 0.9
    assert found.passing == 2 * LAYERS


def test_the_broadest_head_gives_each_token_an_equal_share(findings: dict[str, Finding]) -> None:
    found = measured(findings, "broad")
    lengths = [len(words_of(text)) + 2 for text in passages()]
    shares = np.average([1 / n for n in lengths], weights=[n - 2 for n in lengths])
    assert found.value == pytest.approx(shares)
    assert found.baselines[0].value == pytest.approx(shares)
    assert found.head.head == 2
    assert found.head.layer < LAYERS // 2
    assert not found.at_least
    assert found.agrees


def test_the_sink_is_the_mean_of_all_heads_of_the_middle_layers(
    findings: dict[str, Finding],
) -> None:
    """Previous and the linking head give [SEP] nothing, next only from the last word."""
    found = measured(findings, "separator")
    lengths = np.array([len(words_of(sentence.text)) for sentence in sentences()])
    by_sentence = (0 + 1 / lengths + 1 / (lengths + 2) + 0.8 + 0) / 5
    assert found.value == pytest.approx(np.average(by_sentence, weights=lengths))
    assert not found.agrees
    assert found.clear
    assert (found.head.layer, found.head.head) == (2, 3)
    assert found.passing == 3
    assert found.heads == 15


def test_short_vectors_take_from_the_sink_what_its_weights_give(
    findings: dict[str, Finding],
) -> None:
    """Head by head: w of the weights is w/4 of w/4 + (1 - w) by norms."""
    found = measured(findings, "norms")
    lengths = np.array([len(words_of(sentence.text)) for sentence in sentences()])
    weights = [0 * lengths, 1 / (lengths + 2), np.full(len(lengths), 0.8), 0 * lengths]
    by_norms = [SMALL_VECTOR * w / (SMALL_VECTOR * w + 1 - w) for w in weights]
    last = 1 / lengths  # the next token of the last word is [SEP] alone, however short
    expected = np.average(sum(by_norms) + last, weights=lengths)
    assert found.value == pytest.approx(
        expected / np.average(sum(weights) + last, weights=lengths), abs=1e-6
    )
    assert found.head.head == 3


@pytest.mark.parametrize(
    ("name", "relation"),
    [("determiner", "det"), ("object", "dobj"), ("possessive", "poss"), ("antecedent", "coref")],
)
def test_a_relation_is_held_against_its_best_fixed_offset(
    findings: dict[str, Finding], name: str, relation: Relation
) -> None:
    found = measured(findings, name)
    counts = Counter(offset for offset in offsets(relation) if abs(offset) <= 8)
    best = max(counts.values()) / found.counted
    assert found.counted == len(offsets(relation))
    assert found.baselines[0].value == pytest.approx(best)
    assert found.threshold == pytest.approx(best + 0.1)
    assert found.head.head == 4
    assert found.agrees is (relation != "poss")  # that head follows most of them to antecedents


def test_a_word_with_two_relations_can_follow_one(findings: dict[str, Finding]) -> None:
    """ "her" has a noun and an antecedent; the head by hand follows what the file names last."""
    assert measured(findings, "antecedent").value == 1
    both = [
        link
        for sentence in sentences()
        for link in sentence.of("poss")
        if link.query in {other.query for other in sentence.of("coref")}
    ]
    found = measured(findings, "possessive")
    assert found.value == pytest.approx(1 - len(both) / found.counted)


def test_the_example_shows_the_link_at_its_strongest(findings: dict[str, Finding]) -> None:
    for finding in findings.values():
        found = measured(findings, finding.statement.id)
        example = found.example
        if finding.statement.id == "broad":
            assert (example.query, example.key) == (None, None)
            continue
        for spot in (example.query, example.key):
            assert spot is not None
            typed = None if spot.start is None else example.text[spot.start : spot.end]
            assert spot.text == (typed or "[SEP]")
    assert measured(findings, "separator").example.key.text == "[SEP]"  # type: ignore[union-attr]


def test_heads_that_were_taught_are_left_out_and_told_beside() -> None:
    supervised = tuple(SupervisedHead("encoder", layer, 4, "parent") for layer in range(LAYERS))
    found = {finding.statement.id: finding for finding in judge(surveyed(supervised=supervised))}
    object_ = measured(found, "object")
    assert object_.head.head != 4
    assert object_.heads == 4 * LAYERS
    assert object_.supervised is not None
    assert (object_.supervised.head.head, object_.supervised.task) == (4, "parent")
    assert object_.supervised.value > object_.value


def test_a_causal_model_is_not_asked_what_it_cannot_see() -> None:
    found = {finding.statement.id: finding for finding in judge(surveyed(causal=True))}
    reasons = {name: finding.reason for name, finding in found.items() if finding.reason}
    assert set(reasons) == {"next", "separator", "norms", "determiner", "possessive"}
    for reason in reasons.values():
        assert "cannot look at later words" in reason
    assert measured(found, "object").counted < 64
    assert measured(found, "antecedent").counted == 34


def test_a_model_that_knows_no_english_is_not_asked() -> None:
    survey = surveyed()
    survey._unknown = survey._tokens // 2
    for finding in judge(survey):
        assert finding.measured is None
        assert "unknown to this model" in (finding.reason or "")


@pytest.mark.parametrize(
    ("layers", "middle"),
    [(12, [5, 6, 7, 8, 9]), (6, [2, 3, 4]), (4, [2]), (3, [1, 2]), (2, [1]), (1, [0])],
)
def test_the_middle_layers_are_those_of_the_paper_at_any_depth(
    layers: int, middle: list[int]
) -> None:
    survey = Survey()
    survey.layers = layers
    assert survey.middle == middle


@pytest.mark.parametrize(
    ("value", "at_least", "agrees"),
    [(0.5, True, True), (0.49, True, False), (0.5, False, True), (0.51, False, False)],
)
def test_a_value_at_the_threshold_agrees(
    findings: dict[str, Finding], value: float, at_least: bool, agrees: bool
) -> None:
    found = replace(measured(findings, "previous"), value=value, at_least=at_least)
    assert found.agrees is agrees


def test_a_verdict_is_clear_when_the_whole_interval_is_on_its_side(
    findings: dict[str, Finding],
) -> None:
    found = replace(measured(findings, "previous"), value=0.55)
    assert replace(found, low=0.51, high=0.6).clear
    assert not replace(found, low=0.49, high=0.6).clear


# On a real model


def test_what_bert_does_is_what_its_patterns_say_one_number_at_a_time() -> None:
    """The same measures, from the patterns, in loops."""
    model = build_registry().load("bert")
    survey, given = Survey(), {"previous": [0.0, 0], "det": [0.0, 0]}
    traces = [(sentence, model.run(sentence.text)) for sentence in sentences()]
    for sentence, trace in traces:
        survey.add(sentence, trace)
    previous = survey.weights["previous"].result()
    assert previous is not None
    _, followed = survey.tallies["det"].result()
    assert followed is not None
    at = 2 * 12 + 8
    for sentence, trace in traces:
        assert trace.encoder is not None
        pattern = trace.site("encoder", 2).pattern([8])[0].double().numpy()
        tokens = trace.encoder.tokens
        for pos in range(2, len(tokens) - 1):
            given["previous"][0] += pattern[pos, pos - 1]
            given["previous"][1] += 1
        words = trace.encoder.words
        for link in sentence.of("det"):
            (query,) = (w for w in words if (w.start, w.end) == link.query)
            shares = {
                w.start: pattern[list(query.tokens)].mean(0)[list(w.tokens)].sum()
                for w in words
                if not w.special and w is not query
            }
            given["det"][0] += max(shares, key=shares.__getitem__) == link.key[0]
            given["det"][1] += 1
    assert float(previous.value[at]) == pytest.approx(given["previous"][0] / given["previous"][1])
    assert previous.counted == given["previous"][1]
    assert followed[at].accuracy == pytest.approx(given["det"][0] / given["det"][1])
