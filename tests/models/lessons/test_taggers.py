"""Taggers and the word vectors that they read: against numpy, torch's cells and their card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import regex
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from headlight.models.lessons.card import read_card
from headlight.models.lessons.recipes import taggers as recipe
from headlight.models.lessons.recipes.lessons import make
from headlight.models.lessons.taggers import (
    TAGS,
    TaggerName,
    load_frequent,
    load_tagger,
    parameters,
    shares,
    sines,
)
from headlight.models.lessons.words import (
    KINDS,
    Lexicon,
    load_vectors,
    parts,
    read_lexicon,
    rows_of,
    shape,
    vectors_of,
    words_of,
)

SAW = ["I", "saw", "a", "saw", "."]
PARAMETERS = {
    "token": 10_513,
    "window_1": 26_897,
    "window_2": 43_281,
    "window_4": 76_049,
    "rnn": 9_425,
    "gru": 26_065,
    "lstm": 34_385,
    "rnn_both": 18_833,
    "gru_both": 52_113,
    "lstm_both": 68_753,
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I saw a saw.", SAW),
        ("I don't, can't; it's", ["I", "do", "n't", ",", "ca", "n't", ";", "it", "'s"]),
        ("They’re well-known", ["They", "’re", "well-known"]),
        ("O'Neil paid 1,000.50 in the U.S.A", ["O'Neil", "paid", "1,000.50", "in", "the", "U.S.A"]),
        ("DON'T", ["DO", "N'T"]),
        ("   ", []),
    ],
)
def test_a_text_is_cut_into_words_and_signs(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_no_sign_of_a_text_is_lost(text: str) -> None:
    assert "".join(words_of(text)) == regex.sub(r"\s", "", text)


def test_a_word_is_the_sum_of_its_parts() -> None:
    assert parts("Dogs") == ("word\tdogs", "last 3\togs", "last 2\tgs", "first 3\tdog", "shape\tXx")
    assert [shape(word) for word in ("U.S.", "well-known", "1,000")] == ["X.X.", "x-x", "d,d"]
    lexicon, table = read_lexicon(), load_vectors().table.weight.numpy()
    expected = table[list(lexicon.rows("dogs"))].sum(0)
    assert vectors_of(["dogs"])[0].numpy() == pytest.approx(expected, abs=1e-6)


def test_a_part_never_seen_has_the_row_of_its_kind() -> None:
    rows = read_lexicon().rows("zzqqxxqz")
    assert rows[:2] == (0, 1)
    assert len(rows) == len(KINDS)


def test_the_lexicon_keeps_what_was_seen_three_times() -> None:
    lexicon = Lexicon.of(["cat"] * 3 + ["catnip"] * 2)
    assert "word\tcat" in lexicon.entries
    assert "word\tcatnip" not in lexicon.entries
    assert "first 3\tcat" in lexicon.entries


@pytest.mark.parametrize(("name", "count"), PARAMETERS.items())
def test_a_tagger_has_as_many_numbers_as_its_layers(name: TaggerName, count: int) -> None:
    assert parameters(name) == count


@pytest.mark.parametrize("width", [0, 1, 2, 4])
def test_a_window_is_two_maps_of_the_words_beside(width: int) -> None:
    tagger = load_tagger("token" if width == 0 else f"window_{width}")  # type: ignore[arg-type]
    weights = {key: tensor.double().numpy() for key, tensor in tagger.state_dict().items()}
    x = vectors_of(SAW).double().numpy()
    wide = np.pad(x, ((width, width), (0, 0)))
    beside = np.hstack([wide[n : n + len(x)] for n in range(2 * width + 1)])
    hidden = np.maximum(beside @ weights["hidden.weight"].T + weights["hidden.bias"], 0)
    powers = np.exp(hidden @ weights["tags.weight"].T + weights["tags.bias"])
    expected = powers / powers.sum(-1, keepdims=True)
    assert shares(tagger, vectors_of(SAW)).numpy() == pytest.approx(expected, abs=1e-5)


def test_a_simple_network_is_its_equation() -> None:
    tagger = load_tagger("rnn")
    weights = {key: tensor.double().numpy() for key, tensor in tagger.state_dict().items()}
    state, rows = np.zeros(64), []
    for x in vectors_of(SAW).double().numpy():
        state = np.tanh(
            weights["cell.weight_ih_l0"] @ x
            + weights["cell.bias_ih_l0"]
            + weights["cell.weight_hh_l0"] @ state
            + weights["cell.bias_hh_l0"]
        )
        rows.append(np.exp(weights["tags.weight"] @ state + weights["tags.bias"]))
    expected = np.array(rows) / np.sum(rows, -1, keepdims=True)
    assert shares(tagger, vectors_of(SAW)).numpy() == pytest.approx(expected, abs=1e-5)


def test_attention_is_torchs_own() -> None:
    tagger = load_tagger("attention_positions")
    x = vectors_of(SAW) + 5 * sines(len(SAW), 64)
    with torch.inference_mode():
        for layer in tagger.layers:  # type: ignore[union-attr]
            inside = layer.norm(x)
            q, k, v = (
                w(inside).reshape(5, 4, 16).transpose(0, 1)
                for w in (layer.w_q, layer.w_k, layer.w_v)
            )
            z = nn.functional.scaled_dot_product_attention(q, k, v)
            x = x + layer.w_o(z.transpose(0, 1).reshape(5, 64))
            x = x + layer.feed_forward(x)
        expected = tagger.tags(tagger.norm(x)).softmax(-1)  # type: ignore[operator]
    found = shares(tagger, vectors_of(SAW))
    assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-5)


def test_sines_are_those_of_the_paper() -> None:
    found = sines(10, 64).numpy()
    for place, m in ((0, 0), (3, 0), (7, 5), (9, 31)):
        angle = place / 10_000 ** (2 * m / 64)
        assert found[place, 2 * m] == pytest.approx(np.sin(angle), abs=1e-5)
        assert found[place, 2 * m + 1] == pytest.approx(np.cos(angle), abs=1e-5)


@pytest.mark.parametrize("name", get_args(TaggerName))
def test_a_shorter_sentence_beside_it_changes_nothing(name: TaggerName) -> None:
    tagger = load_tagger(name)
    long, short = vectors_of(SAW), vectors_of(["She", "left"])
    both = torch.stack([long, nn.functional.pad(short, (0, 0, 0, 3), value=7.0)])
    present = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    with torch.inference_mode():
        logits = tagger(both, present)
    assert logits[0].softmax(-1).numpy() == pytest.approx(shares(tagger, long).numpy(), abs=1e-5)
    found = logits[1, :2].softmax(-1).numpy()
    assert found == pytest.approx(shares(tagger, short).numpy(), abs=1e-5)


def test_i_saw_a_saw() -> None:
    x = vectors_of(SAW)
    assert torch.equal(x[1], x[3])
    said = {
        name: [TAGS[tag] for tag in shares(load_tagger(name), x).argmax(-1).tolist()]
        for name in get_args(TaggerName)
    }
    for name in ("token", "attention"):
        given = shares(load_tagger(name), x)
        assert given[1].numpy() == pytest.approx(given[3].numpy(), abs=1e-6)
    for name in ("window_1", "gru_both", "attention_positions"):
        assert said[name] == ["PRON", "VERB", "DET", "NOUN", "PUNCT"]
    frequent = [TAGS[tag] for tag in load_frequent()(rows_of(SAW)).tolist()]
    assert frequent == ["PRON", "VERB", "DET", "VERB", "PUNCT"]


def test_the_card_tells_what_came_out() -> None:
    found = {(each["model"], each["measure"]): each for each in read_card("taggers")["figures"]}
    for name in ("frequent", "token", "attention"):
        for part in ("ewt-dev", "gum-dev"):
            assert found[name, f"{part}.pairs"]["most"] == 0
    for name in ("window_1", "gru_both", "attention_positions"):
        assert found[name, "ewt-dev.accuracy"]["least"] >= 0.93
        assert found[name, "ewt-dev.pairs"]["least"] >= 0.60
    assert found["token", "ewt-dev.accuracy"]["most"] <= 0.90


SAMPLE = "\n".join(
    [
        f"# sent_id = s{n}\n# text = I saw a saw .\n"
        + "\n".join(
            f"{place}\t{word}\t_\t{tag}\t_\t_\t{head}\t_\t_\t_"
            for place, (word, tag, head) in enumerate(
                [
                    ("I", "PRON", 2),
                    ("saw", "VERB", 0),
                    ("a", "DET", 4),
                    (noun, "NOUN", 2),
                    (".", "PUNCT", 2),
                ],
                1,
            )
        )
        + "\n"
        for n, noun in enumerate(["saw", "dog", "saw", "cat", "dog", "saw"])
    ]
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpora"
    folder.mkdir()
    for name in (*recipe.TRAIN, *recipe.DEV):
        (folder / f"{name}.conllu").write_text(SAMPLE + "\n", encoding="utf-8")
    return folder


def test_what_is_hard_is_counted_in_the_corpus(corpus: Path) -> None:
    sentences = recipe.read_sentences(corpus, ("ewt-dev",))
    lexicon = Lexicon.of(word for sentence in sentences for word, _ in sentence)
    encoded = recipe.encode(sentences, lexicon)
    dev = recipe.dev_set(encoded, recipe.tag_counts(encoded))
    assert [places.tolist() for places in dev.pairs] == [[1, 3], [11, 13], [26, 28]]
    ambiguous = {encoded.words[n] for n in dev.ambiguous.nonzero().flatten().tolist()}
    assert ambiguous == {"saw"}  # 6 of 9 a verb
    verbs = encoded.tags.where(encoded.rows[:, 0] != lexicon.rows("saw")[0], TAGS.index("VERB"))
    assert recipe.measures(verbs, dev) == {
        "accuracy": pytest.approx(27 / 30),
        "ambiguous": pytest.approx(6 / 9),
        "pairs": 0,
    }


def test_the_recipe_leaves_weights_words_and_a_card(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {name: replace(each, steps=12) for name, each in recipe.SETTINGS.items()}
    monkeypatch.setattr(recipe, "SETTINGS", short)
    monkeypatch.setattr(recipe, "VECTORS", replace(recipe.VECTORS, steps=12))
    cards = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        told = [name for name, _ in make("taggers", folder, seeds=2, corpus=corpus)]
        assert told == ["words", *get_args(TaggerName)]
        cards.append(json.loads((folder / "taggers.json").read_text(encoding="utf-8")))
    assert cards[0]["figures"] == cards[1]["figures"]
    found = {(each["model"], each["measure"]): each for each in cards[0]["figures"]}
    assert found["token", "ewt-dev.pairs"]["most"] == 0
    # Three nouns of the form saw, and cat, which is seen twice only.
    assert found["frequent", "ewt-dev.accuracy"]["mean"] == pytest.approx(26 / 30, abs=1e-4)
    assert "word\tsaw" in (tmp_path / "one" / "words.txt").read_text(encoding="utf-8")


def test_without_corpora_nothing_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="say in which folder"):
        list(make("taggers", tmp_path))
