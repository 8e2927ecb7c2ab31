"""The weights that ship, on sentences that no corpus holds."""

from __future__ import annotations

import json

import pytest

from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.measures.search import search_heads
from headlight.models.small.evaluation.choice import (
    TEST_SET,
    choices_of_heads,
    first_candidate,
    read_choices,
)
from headlight.models.zoo.registry import SMALL_WEIGHTS, build_registry

LAW = (
    "The Law will never be perfect, but its application should be just - this is what we are "
    "missing, in my opinion."
)
TAGGED = (
    ("The", "DET"), ("old", "ADJ"), ("teacher", "NOUN"), ("opened", "VERB"), ("her", "PRON"),
    ("window", "NOUN"), ("and", "CCONJ"), ("looked", "VERB"), ("at", "ADP"), ("the", "DET"),
    ("quiet", "ADJ"), ("street", "NOUN"), (".", "PUNCT"),
)  # fmt: skip
REFERRING = (
    ("The king was old, and he wanted to sleep.", "he", "king"),
    ("My sister bought a dress because she liked the colour.", "she", "sister"),
    ("The children were tired, so they went home.", "they", "children"),
    ("John sold the car that his father gave to him.", "his", "John"),
)


@pytest.fixture(scope="module")
def small() -> LoadedModel:
    return build_registry().load("small")


def words(trace: Trace) -> list[str]:
    assert trace.encoder is not None
    return [word.text for word in trace.encoder.words]


def test_the_weights_take_at_most_eight_megabytes_and_a_head_at_most_32_numbers(
    small: LoadedModel,
) -> None:
    assert (SMALL_WEIGHTS / "model.safetensors").stat().st_size <= 8_000_000
    assert small.shape.d_head <= 32
    assert small.shape.layers <= 4


def test_its_gives_the_law_most_and_the_search_finds_the_taught_head_first(
    small: LoadedModel,
) -> None:
    trace = small.run(LAW)
    supervised = next(head for head in trace.supervised if head.task == "antecedent")
    first = search_heads(trace, "its", "law", None).heads[0]
    assert (first.layer, first.head) == (supervised.layer, supervised.head)
    assert trace.encoder is not None
    pos = {token.text.lower(): n for n, token in enumerate(trace.encoder.tokens)}
    row = trace.site("encoder", supervised.layer).pattern([supervised.head])[0, pos["its"]]
    assert float(row[1] + row[pos["law"]]) >= 0.6  # position 1 is the first "The"


@pytest.mark.parametrize(("text", "pronoun", "wanted"), REFERRING)
def test_a_plain_pronoun_finds_what_it_refers_to(
    small: LoadedModel, text: str, pronoun: str, wanted: str
) -> None:
    trace = small.run(text)
    assert trace.outputs is not None
    found = {words(trace)[p.word]: words(trace)[p.to] for p in trace.outputs.antecedents}
    assert found[pronoun] == wanted


def test_a_plain_sentence_gets_its_parts_of_speech(small: LoadedModel) -> None:
    trace = small.run("The old teacher opened her window and looked at the quiet street.")
    assert trace.outputs is not None
    found = [(words(trace)[tag.word], tag.tag) for tag in trace.outputs.tags]
    right = sum(a == b for a, b in zip(found, TAGGED, strict=True))
    assert right >= len(TAGGED) - 1, found


@pytest.mark.parametrize("text", ["I saw a saw", "I saw a saw."])
def test_the_second_saw_is_a_noun(small: LoadedModel, text: str) -> None:
    trace = small.run(text)
    assert trace.outputs is not None
    assert [tag.tag for tag in trace.outputs.tags][:4] == ["PRON", "VERB", "DET", "NOUN"]


def test_the_card_holds_what_was_asked_of_the_model() -> None:
    """No row may fall more than half a point below the model that was shipped first."""
    card = json.loads((SMALL_WEIGHTS / "card.json").read_text(encoding="utf-8"))
    measured = {(f["task"], f["measured_on"]): f["small"] for f in card["figures"]}
    chinese = "GSDSimp dev, last 100 sentences"
    for task, where, least in (
        ("antecedent", "GUM dev", 0.711),
        ("part of speech", "EWT dev", 0.927),
        ("parent", "EWT dev", 0.799),
        ("part of speech", "GUM dev", 0.939),
        ("parent", "GUM dev", 0.794),
        ("part of speech", chinese, 0.783),
        ("parent", chinese, 0.477),
    ):
        assert measured[task, where] >= least, (task, where)


def test_its_antecedent_head_chooses_well_in_short_sentences(small: LoadedModel) -> None:
    """On sentences that nothing was trained or tuned on; the card tells the same number."""
    sentences = read_choices(TEST_SET)
    found = choices_of_heads(small, sentences)[3, 0].share
    assert found >= 0.75
    assert first_candidate(sentences).share < 0.6
    card = json.loads((SMALL_WEIGHTS / "card.json").read_text(encoding="utf-8"))
    told = next(f for f in card["figures"] if f["task"] == "antecedent, forced choice")
    assert (told["count"], told["small"]) == (150, pytest.approx(found, abs=0.02))


def test_the_recipe_chooses_well_whatever_seed_it_begins_with() -> None:
    card = json.loads((SMALL_WEIGHTS / "card.json").read_text(encoding="utf-8"))
    row = [figure["task"] for figure in card["figures"]].index("antecedent, forced choice")
    seeds = {card["training"]["seed"]: card["figures"][row]["small"]}
    seeds |= {each["seed"]: each["shares"][row] for each in card["other_seeds"]}
    assert len(seeds) == 3
    assert min(seeds.values()) >= 0.75


def test_chinese_is_known_and_reads_in_words(small: LoadedModel) -> None:
    trace = small.run("苹果很好吃，我买了三斤。")
    assert trace.encoder is not None
    assert "[UNK]" not in [token.piece for token in trace.encoder.tokens]
    assert words(trace)[1:4] == ["苹果", "很", "好吃"]
