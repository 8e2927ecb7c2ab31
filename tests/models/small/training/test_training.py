"""Training lowers every loss, and a training that was stopped ends where it would have."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from headlight.models.small.config import PRONOUNS, UPOS, SmallConfig
from headlight.models.small.data.corpus import Document, Mention, Word
from headlight.models.small.data.dataset import (
    NO_TAG,
    NOWHERE,
    Batches,
    Source,
    head_word,
    read_document,
    read_plain,
)
from headlight.models.small.tokenizer import CLS, MASK, PAD, SEP, train_tokenizer
from headlight.models.small.training.trainer import SHARES, Settings, Training, rate_at

THINGS = ("law", "river", "house", "song", "road", "king", "ship", "garden", "letter", "storm")
KINDS = ("old", "long", "quiet", "cold", "bright", "great", "strange")
DOES = ("grows", "falls", "waits", "turns", "shines", "sleeps")


def sentence_pair(rng: random.Random, name: str) -> Document:
    """ "The old law grows. Its king waits." with everything annotated by hand."""
    thing, other = rng.sample(THINGS, 2)
    forms = ["The", rng.choice(KINDS), thing, rng.choice(DOES), "."]
    forms += ["Its", other, rng.choice(DOES), "."]
    tags = ["DET", "ADJ", "NOUN", "VERB", "PUNCT", "PRON", "NOUN", "VERB", "PUNCT"]
    heads = [2, 2, 3, 3, 3, 6, 7, 7, 7]
    words, text = [], ""
    for form, tag, head in zip(forms, tags, heads, strict=True):
        if text and form != ".":
            text += " "
        words.append(Word(form, len(text), len(text) + len(form), tag, head))
        text += form
    mentions = (Mention("a", 0, 3), Mention("a", 5, 6), Mention("b", 5, 7))
    return Document(name, text, tuple(words), ((0, 5), (5, 9)), mentions)


DOCUMENTS = [sentence_pair(random.Random(n), f"pair {n}") for n in range(100)]
TOKENIZER = train_tokenizer((document.text for document in DOCUMENTS), 211, 60)
READINGS = tuple(read_document(document, TOKENIZER) for document in DOCUMENTS)
CONFIG = SmallConfig(
    vocabulary=TOKENIZER.get_vocab_size(),
    layers=2,
    heads=2,
    d_model=32,
    d_feedforward=48,
    parent_head=(0, 1),
    antecedent_head=(1, 0),
)
SETTINGS = Settings(steps=60, tokens=1280, warmup=10, rate=5e-3, save_every=30)


def batches(steps: int = SETTINGS.steps) -> Batches:
    sources = [Source("pairs", READINGS, 1.0, 1.0)]
    vocabulary = CONFIG.vocabulary
    return Batches(sources, tokens=1280, steps=steps, seed=7, vocabulary=vocabulary)


def test_labels_stand_at_the_first_token_of_each_word() -> None:
    document, reading = DOCUMENTS[0], READINGS[0]
    pieces = [TOKENIZER.id_to_token(token) for token in reading.ids]
    firsts = [n for n, piece in enumerate(pieces) if not piece.startswith("##")]
    assert len(firsts) == len(document.words)
    assert [UPOS[reading.tags[n]] for n in firsts] == [word.tag for word in document.words]
    heads = [firsts[word.head or 0] for word in document.words]
    assert [reading.parents[n] for n in firsts] == heads
    (link,) = reading.links
    assert pieces[link.pos].lower() == "its" in PRONOUNS
    assert link.spans == ((firsts[2], firsts[3]),)
    assert reading.starts.tolist() == [0, firsts[5]]


def test_the_head_of_a_mention_stands_before_what_describes_it() -> None:
    forms = ["The", "old", "law", "of", "the", "land", ",", "which", "holds"]
    heads = [2, 2, 8, 5, 5, 2, 8, 8, 8]
    for annotated in (True, False):
        words = tuple(
            Word(form, n, n + 1, None, head if annotated else None)
            for n, (form, head) in enumerate(zip(forms, heads, strict=True))
        )
        document = Document("law", " ".join(forms), words, ((0, 9),), ())
        assert head_word(document, Mention("a", 0, 6)) == 2
        assert head_word(document, Mention("b", 4, 6)) == 5
        assert head_word(document, Mention("c", 7, 8)) == 7


def test_a_plain_text_has_sentences_but_no_labels() -> None:
    reading = read_plain("The law grows. The song waits. The road turns", TOKENIZER)
    assert [TOKENIZER.id_to_token(reading.ids[n]) for n in reading.starts] == ["the"] * 3
    assert set(reading.tags) == {NO_TAG}
    assert set(reading.parents) == {NOWHERE}


def test_a_batch_is_the_same_whenever_it_is_asked_for() -> None:
    first, again, other = batches()[23], batches()[23], batches()[24]
    for name in first.__dataclass_fields__:
        assert torch.equal(getattr(first, name), getattr(again, name)), name
    assert first.ids.shape != other.ids.shape or not torch.equal(first.ids, other.ids)


def test_what_a_batch_hides_is_what_it_asks_for() -> None:
    batch = batches()[5]
    before = batch.ids.clone().flatten()
    shown = before[batch.gaps]
    assert 0.6 < float((shown == MASK).float().mean()) < 1
    before[batch.gaps] = batch.hidden
    whole = before.reshape(batch.ids.shape)
    assert not (whole == MASK).any()
    assert bool((whole[:, 0] == CLS).all())
    assert bool(((whole == SEP).sum(1) == 1).all())
    assert torch.equal(batch.real, whole != PAD)


def test_parents_and_mentions_of_a_batch_lie_in_the_row_that_points() -> None:
    batch = batches()[9]
    whole = batch.ids.flatten().clone()
    whole[batch.gaps] = batch.hidden
    whole = whole.reshape(batch.ids.shape)
    length = whole.shape[1]
    its = TOKENIZER.token_to_id("its")
    assert len(batch.pronouns) > 0
    for pronoun, mention in zip(batch.pronouns.tolist(), batch.mentions, strict=True):
        row, pos = divmod(pronoun, length)
        assert whole[row, pos] == its
        first = int(mention.nonzero()[0])
        assert TOKENIZER.id_to_token(int(whole[row, first])) != "the"
        assert first < pos
    for row, pos in (batch.parents != NOWHERE).nonzero().tolist():
        assert batch.real[row, int(batch.parents[row, pos])]


def test_a_few_seconds_of_training_lower_every_loss(tmp_path: Path) -> None:
    training = Training(CONFIG, SETTINGS, batches(), tmp_path)
    reports = list(training.run(report_every=10))
    assert [report.step for report in reports] == [10, 20, 30, 40, 50, 60]
    assert reports[-1].seconds_left == 0
    assert all(report.tokens_per_second > 0 for report in reports)
    for task in SHARES:
        assert reports[-1].losses[task] < 0.8 * reports[0].losses[task], task


def test_a_training_that_was_stopped_ends_where_it_would_have(tmp_path: Path) -> None:
    whole = Training(CONFIG, SETTINGS, batches(), None)
    losses = [report.losses for report in whole.run(report_every=30)]
    stopped = Training(CONFIG, SETTINGS, batches(), tmp_path)
    for report in stopped.run(report_every=10):
        if report.step == 40:  # killed here: the last save is of step 30
            break
    again = Training(CONFIG, SETTINGS, batches(), tmp_path)
    assert again.step == 30
    assert [report.losses for report in again.run(report_every=30)] == losses[1:]
    ours, theirs = whole.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_folder_with_another_training_is_not_gone_on_with(tmp_path: Path) -> None:
    short = Settings(steps=2, tokens=1280, save_every=1)
    for _ in Training(CONFIG, short, batches(2), tmp_path).run():
        pass
    with pytest.raises(ValueError, match="holds a training with other settings"):
        Training(CONFIG, Settings(steps=3, tokens=1280), batches(3), tmp_path)


def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine() -> None:
    settings = Settings(steps=1100, warmup=100)
    assert rate_at(settings, 49) == 0.5
    assert rate_at(settings, 100) == 1.0
    assert rate_at(settings, 600) == pytest.approx(0.5)
    assert rate_at(settings, 1100) == pytest.approx(0.0)
