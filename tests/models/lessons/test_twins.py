"""Models that differ in one choice: what the choice is, and what each is trained on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import torch
from safetensors import safe_open

from headlight.models.core.trace import Sequence
from headlight.models.lessons.card import read_card
from headlight.models.lessons.order import ORDER_TWINS, differences, shuffled_positions
from headlight.models.lessons.recipes import twins as recipe
from headlight.models.lessons.recipes.lessons import make
from headlight.models.lessons.twins import (
    BASE,
    CONFIGS,
    FILE,
    TwinName,
    attention_parameters,
    load_twin,
)
from headlight.models.small.config import SmallConfig
from headlight.models.small.data.dataset import NOWHERE, Batch
from headlight.models.small.model import SmallModel, sinusoids
from headlight.models.small.training.trainer import losses_of

NAMES = get_args(TwinName)
SMALL = replace(BASE, vocabulary=40, d_model=16, d_feedforward=16, max_tokens=16)


def tokens_of(name: TwinName, text: str) -> Sequence:
    sequence = load_twin(name).encode(text).encoder
    assert sequence is not None
    return sequence


@pytest.mark.parametrize("name", NAMES)
def test_each_twin_differs_from_the_base_by_its_choice_alone(name: TwinName) -> None:
    own, base = CONFIGS[name], CONFIGS["wide" if name == "wide_dot" else "base"]
    changed = {
        field
        for field in SmallConfig.__dataclass_fields__
        if getattr(own, field) != getattr(base, field)
    }
    expected = {
        "base": set(),
        "dot": {"score"},
        "wide_dot": {"score"},
        "additive": {"score"},
        "relu": {"normaliser"},
        "learned": {"positions"},
        "no_positions": {"positions"},
        "window": {"window"},
        "causal": {"causal"},
        "causal_no_positions": {"causal", "positions"},
        "wide": {"heads", "d_model"},
    }
    of_kind = {"tied": {"tied"}, "heads": {"heads"}}
    assert changed == (expected[name] if name in expected else of_kind[name.split("_")[0]])


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("base", 2 * 4 * 64 * 64),
        ("heads_1", 2 * 4 * 64 * 64),
        ("heads_8", 2 * 4 * 64 * 64),
        ("additive", 2 * (4 * 64 * 64 + 64)),
        ("tied_qk", 2 * 3 * 64 * 64),
        ("tied_kv", 2 * 3 * 64 * 64),
        ("tied_qkv", 2 * 2 * 64 * 64),
        ("wide", 2 * 4 * 128 * 128),
    ],
)
def test_a_matrix_that_is_two_counts_once(name: TwinName, count: int) -> None:
    assert attention_parameters(name) == count


@pytest.mark.parametrize("name", ["tied_qk", "tied_qkv"])
def test_with_one_matrix_for_queries_and_keys_scores_are_symmetric(name: TwinName) -> None:
    for site in load_twin(name).run("The cat sat on the mat.").sites:
        scores = site.scores(slice(None))
        torch.testing.assert_close(scores, scores.mT)
    free = load_twin("base").run("The cat sat on the mat.").sites[0].scores(slice(None))
    assert (free - free.mT).abs().max() > 1


def test_keys_and_values_are_one_where_their_matrix_is() -> None:
    for site in load_twin("tied_kv").run("The cat sat on the mat.").sites:
        torch.testing.assert_close(site.k, site.v)


@pytest.mark.parametrize("name", NAMES)
def test_no_query_sees_what_its_twin_hides(name: TwinName) -> None:
    trace = load_twin(name).run("The old cat sat on the mat and slept.")
    count = len(trace.query_sequence("encoder"))
    ahead = torch.arange(count) - torch.arange(count)[:, None]
    hidden = torch.zeros(count, count, dtype=torch.bool)
    if CONFIGS[name].causal:
        hidden |= ahead > 0
    if CONFIGS[name].window is not None:
        hidden |= ahead.abs() > 3
    for site in trace.sites:
        pattern = site.pattern(slice(None))
        assert (pattern[:, hidden] == 0).all()
        if CONFIGS[name].normaliser == "softmax":  # whose least number is told from 0 in float64
            exact = torch.softmax(site.scores(slice(None)).double(), dim=-1)
            assert (exact[:, ~hidden] > 0).all()


def test_a_causal_window_is_both() -> None:
    model = SmallModel(replace(SMALL, causal=True, window=1))
    found = model.allowed(4, None, torch.device("cpu"))
    assert found is not None
    assert found[0, 0].long().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]


@pytest.mark.parametrize(("causal", "counted"), [(False, [[1, 3], [2, 1]]), (True, [[2, 1]])])
def test_a_parent_that_cannot_be_seen_is_not_asked_for(
    causal: bool, counted: list[list[int]]
) -> None:
    torch.manual_seed(0)
    model = SmallModel(replace(SMALL, causal=causal)).eval()
    ids = torch.tensor([[2, 10, 11, 12, 3]])
    parents = torch.full((1, 5), NOWHERE)
    parents[0, 1], parents[0, 2] = 3, 1
    none = torch.zeros(0, dtype=torch.long)
    batch = Batch(
        ids=ids,
        real=torch.ones(1, 5, dtype=torch.bool),
        tags=torch.full((1, 5), -100),
        parents=parents,
        gaps=none,
        hidden=none,
        pronouns=none,
        mentions=torch.zeros(0, 5, dtype=torch.bool),
    )
    run = model(ids, batch.real)
    given = run.blocks[1].pattern[0, 0]
    expected = -torch.stack([given[q, k] for q, k in counted]).log().mean()
    torch.testing.assert_close(losses_of(model, run, batch)["parent"], expected)


def test_words_are_shuffled_whole_and_special_tokens_stay() -> None:
    sequence = tokens_of("base", "I saw dogs")
    cut = [len(word.tokens) for word in sequence.words if not word.special]
    assert cut[:2] == [1, 2]  # saw is two pieces of this tokenizer
    positions = shuffled_positions(sequence, [2, 1, 0]).tolist()
    last = len(sequence) - 1
    assert positions == [0, *range(4, last), 2, 3, 1, last]


@pytest.mark.parametrize("name", ORDER_TWINS)
def test_a_word_moves_as_far_as_two_runs_say(name: TwinName) -> None:
    """The oracle types the sentence in the other order, in float32."""
    text, other = "dog bites man", "man bites dog"
    sequence = tokens_of(name, text)
    ids = torch.tensor([token.id for token in sequence.tokens])
    positions = shuffled_positions(sequence, [2, 1, 0])
    moved = differences(name, ids, positions)
    before, after = load_twin(name).run(text), load_twin(name).run(other)
    assert before.hidden is not None
    assert after.hidden is not None
    assert [t.id for t in after.query_sequence("encoder").tokens] == ids[positions].tolist()
    for pos, at in enumerate(positions.tolist()):
        far = (after.hidden[pos] - before.hidden[at]).norm() / before.hidden[at].norm()
        assert float(far) == pytest.approx(float(moved[at]), abs=1e-5)


def test_without_positions_nothing_moves_and_a_causal_mask_tells_order() -> None:
    sequence = tokens_of("base", "dog bites man")
    ids = torch.tensor([token.id for token in sequence.tokens])
    positions = shuffled_positions(sequence, [2, 1, 0])
    assert differences("no_positions", ids, positions).max() < 1e-12
    for name in ("base", "learned", "causal", "causal_no_positions"):
        assert differences(name, ids, positions).max() > 0.01


def test_sinusoids_are_vaswanis_in_float64() -> None:
    waves = sinusoids(64, 64, torch.float64)
    assert waves.dtype == torch.float64
    for pos, m in ((0, 0), (3, 0), (5, 7), (63, 31)):
        angle = torch.tensor(pos / 10_000 ** (2 * m / 64), dtype=torch.float64)
        torch.testing.assert_close(waves[pos, 2 * m], angle.sin())
        torch.testing.assert_close(waves[pos, 2 * m + 1], angle.cos())


def test_the_card_tells_every_twin_and_the_weights_are_theirs() -> None:
    figures = {(each["model"], each["measure"]): each for each in read_card("twins")["figures"]}
    for name in NAMES:
        for measure in ("tags", "parents", "entropy.0", "zeros.1", "start.entropy.0", "seconds"):
            assert (name, measure) in figures
    with safe_open(FILE, "pt") as file:
        assert {key.split("/")[0] for key in file.keys()} == set(NAMES)  # noqa: SIM118


def test_what_the_lessons_say_of_the_figures_is_so() -> None:
    """Sentences of the pages that no number is put into."""
    figures = read_card("twins")["figures"]
    mean = {(each["model"], each["measure"]): each["mean"] for each in figures}

    def right(measure: str, *names: str) -> list[float]:
        return [mean[name, measure] for name in names]

    heads = ("heads_1", "heads_2", "base", "heads_8")
    assert max(heads, key=lambda name: mean[name, "parents"]) == "heads_2"
    assert min(heads, key=lambda name: mean[name, "parents"]) == "heads_8"
    assert (
        min(right("parents", "base", "tied_qk", "tied_kv", "tied_qkv"))
        == mean["tied_qkv", "parents"]
    )
    assert mean["relu", "tags"] < mean["base", "tags"]
    assert mean["relu", "parents"] < mean["base", "parents"] - 0.05
    assert min(mean["relu", "zeros.0"], mean["relu", "zeros.1"]) > 0.25
    assert mean["additive", "seconds"] > 3 * mean["base", "seconds"]
    assert max(right("seconds", *NAMES)) == mean["additive", "seconds"]
    assert max(right("tags", "base", "window", "causal")) == mean["window", "tags"]
    assert mean["wide_dot", "entropy.0"] < mean["wide_dot", "start.entropy.0"] < 0.25
    assert mean["wide", "tags"] > mean["wide_dot", "tags"] + 0.03
    assert max(right("entropy.0", "base", "dot", "additive")) == mean["additive", "entropy.0"]
    lost = {m: mean["base", m] - mean["no_positions", m] for m in ("tags", "parents")}
    assert lost["parents"] > 2 * lost["tags"] > 0


SAMPLE = "\n\n".join(
    f"# sent_id = s{n}\n# text = The {noun} saw it .\n"
    + "\n".join(
        f"{place}\t{word}\t_\t{tag}\t_\t_\t{head}\t_\t_\t_"
        for place, (word, tag, head) in enumerate(
            [
                ("The", "DET", 2),
                (noun, "NOUN", 3),
                ("saw", "VERB", 0),
                ("it", "PRON", 3),
                (".", "PUNCT", 3),
            ],
            1,
        )
    )
    for n, noun in enumerate(["dog", "cat", "saw", "man", "bird"])
)


def test_the_recipe_leaves_weights_a_tokenizer_and_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpora"
    corpus.mkdir()
    for name in ("ewt-train", "ewt-dev", "gum-train", "pud-zh"):
        (corpus / f"{name}.conllu").write_text(SAMPLE + "\n\n", encoding="utf-8")
    many = "\n\n".join([SAMPLE] * 25)
    (corpus / "gsdsimp-dev.conllu").write_text(many + "\n\n", encoding="utf-8")
    (corpus / "tatoeba-en-zh.tsv").write_text("I see it.\t我看見它。\n" * 40, encoding="utf-8")
    monkeypatch.setattr(recipe, "SETTINGS", replace(recipe.SETTINGS, steps=2, tokens=256))
    monkeypatch.setattr(recipe, "get_args", lambda _: ("base", "tied_qkv", "causal"))
    cards = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        told = [name for name, _ in make("twins", folder, seeds=2, corpus=corpus)]
        assert told == ["base", "tied_qkv", "causal"]
        cards.append(json.loads((folder / "twins.json").read_text(encoding="utf-8")))
    timed = [[f for f in card["figures"] if f["measure"] != "seconds"] for card in cards]
    assert timed[0] == timed[1]
    assert {each["seeds"] for each in timed[0]} == {2}
    tokenizer = (tmp_path / "one" / "twins.tokenizer.json").read_text(encoding="utf-8")
    assert "见" in tokenizer  # and not 見: Chinese is read in simplified characters
    assert "見" not in tokenizer
    assert (tmp_path / "one" / "twins.safetensors").is_file()


def test_without_corpora_no_twin_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="say in which folder"):
        list(make("twins", tmp_path))
