"""A loaded model: how it reads a text, a pair, a target, and what a run leaves."""

import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sentencepiece
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    T5Config,
)

from headlight.models.core.errors import (
    EmptyText,
    InvalidSelection,
    InvalidText,
    TextTooLong,
    UnsupportedModel,
)
from headlight.models.zoo.registry import build_registry
from headlight.models.zoo.transformers import TransformersModel, token_limit
from tests.models.headed import bart

LAW = (
    "The Law will never be perfect, but its application should be just - this is what we "
    "are missing, in my opinion."
)


@pytest.fixture(scope="module")
def bert() -> TransformersModel:
    return build_registry().load("bert")


def texts(model: TransformersModel, text: str, pair: str | None = None) -> list[str]:
    encoding = model.encode(text, pair)
    assert encoding.encoder is not None
    return [token.text for token in encoding.encoder.tokens]


def test_tokens_show_the_text_as_it_was_typed(bert: TransformersModel) -> None:
    assert texts(bert, "Paris, CAFÉ unaffable") == [
        "[CLS]", "Paris", ",", "CAFÉ", "una", "ffa", "ble", "[SEP]",
    ]  # fmt: skip


def test_an_unknown_token_shows_its_characters_too(bert: TransformersModel) -> None:
    encoding = bert.encode("苹果 👍🏽")
    assert encoding.encoder is not None
    unknown = [t for t in encoding.encoder.tokens if t.piece == "[UNK]"]
    assert [t.text for t in unknown] == ["苹", "果", "👍🏽"]
    assert not any(t.special for t in unknown)


def test_a_control_token_that_is_typed_is_read_as_characters(bert: TransformersModel) -> None:
    encoding = bert.encode("a [SEP] b")
    assert encoding.encoder is not None
    assert [t.text for t in encoding.encoder.tokens] == [
        "[CLS]", "a", "[", "SEP", "]", "b", "[SEP]",
    ]  # fmt: skip
    assert [t.special for t in encoding.encoder.tokens] == [True] + [False] * 5 + [True]


def test_a_pair_is_a_pair_only_when_the_caller_gives_one(bert: TransformersModel) -> None:
    pair = bert.encode("who?", "she")
    assert pair.inputs["token_type_ids"].tolist() == [[0, 0, 0, 0, 1, 1]]
    assert pair.encoder is not None
    assert [t.segment for t in pair.encoder.tokens if not t.special] == [0, 0, 1]
    assert [t.start for t in pair.encoder.tokens if t.segment == 1 and not t.special] == [0]
    single = bert.encode("who? [SEP] she")
    assert single.inputs["token_type_ids"].sum() == 0


def test_the_inputs_are_those_of_the_tokenizer_s_own_call(bert: TransformersModel) -> None:
    from transformers import AutoTokenizer

    folder = build_registry().entry("bert").origin.locate()
    expected = AutoTokenizer.from_pretrained(folder)(LAW, "its law", return_tensors="pt")
    found = bert.encode(LAW, "its law").inputs
    assert {name: t.tolist() for name, t in found.items()} == {
        name: t.tolist() for name, t in expected.items()
    }


def test_a_text_of_the_limit_runs_and_one_token_more_is_refused(bert: TransformersModel) -> None:
    trace = bert.run(" ".join(["saw"] * 510))
    assert trace.sites[0].query_len == 512
    with pytest.raises(TextTooLong, match="text has 513 tokens; bert reads at most 512") as caught:
        bert.run(" ".join(["saw"] * 511))
    assert (caught.value.n_tokens, caught.value.limit) == (513, 512)


def test_one_word_runs(bert: TransformersModel) -> None:
    assert bert.run("saw").sites[5].pattern([11]).shape == (1, 3, 3)


@pytest.mark.parametrize("nothing", ["", "  ", "\u200d\u200d", "\x00\x01"])
def test_a_text_with_nothing_to_read_is_refused(bert: TransformersModel, nothing: str) -> None:
    with pytest.raises(EmptyText):
        bert.run(nothing)


def test_the_field_of_a_bad_second_text_is_text_pair(bert: TransformersModel) -> None:
    with pytest.raises(InvalidText) as caught:
        bert.run("a", "\udc00")
    assert caught.value.argument == "text_pair"
    with pytest.raises(EmptyText) as empty:
        bert.run("a", " ")
    assert empty.value.argument == "text_pair"


def test_layer_3_head_1_links_its_to_law(bert: TransformersModel) -> None:
    trace = bert.run(LAW)
    row, column = texts(bert, LAW).index("its"), texts(bert, LAW).index("Law")
    pattern = trace.site("encoder", 3).pattern([1])[0]
    assert pattern[row, column].item() == pytest.approx(0.80, abs=0.005)
    assert int(pattern[row].argmax()) == column


def test_runs_in_many_threads_never_mix(bert: TransformersModel) -> None:
    sentences = [f"I saw {n} saws and {n} laws" for n in range(7)]
    expected = [bert.run(s).site("encoder", 5).z for s in sentences]
    wrong: list[str] = []

    def check(n: int) -> None:
        for _ in range(5):
            if not torch.equal(bert.run(sentences[n]).site("encoder", 5).z, expected[n]):
                wrong.append(sentences[n])

    threads = [threading.Thread(target=check, args=(n,)) for n in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_every_token_of_any_text_stands_for_its_own_characters(text: str) -> None:
    model = _bert()
    try:
        encoding = model.encode(text)
    except (EmptyText, InvalidText):
        return
    sequence = encoding.encoder
    assert sequence is not None
    assert [t for w in sequence.words for t in w.tokens] == list(range(len(sequence)))
    for token in sequence.tokens:
        if token.special:
            assert token.start is None
        else:
            assert token.text == text[token.start : token.end]
            assert token.text


_loaded: list[TransformersModel] = []


def _bert() -> TransformersModel:
    """Hypothesis calls its test many times: one model for all of them."""
    if not _loaded:
        _loaded.append(build_registry().load("bert"))
    return _loaded[0]


def test_a_model_without_positions_reads_what_its_tokenizer_says() -> None:
    assert token_limit(T5Config(), 512) == 512
    assert token_limit(T5Config(), int(1e30)) == 1024


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> TransformersModel:
    return bart(tmp_path_factory.mktemp("bart"))


def test_the_second_text_of_an_encoder_decoder_is_its_target(translator: TransformersModel) -> None:
    trace = translator.run("a b c", "d e")
    assert trace.kinds == ("encoder", "decoder", "cross")
    assert [t.text for t in trace.key_sequence("cross").tokens] == ["<s>", "a", "b", "c", "</s>"]
    assert [t.text for t in trace.query_sequence("cross").tokens] == ["</s>", "<s>", "d", "e"]
    assert trace.target == "d e"
    assert trace.site("cross", 2).pattern([1]).shape == (1, 4, 5)
    assert translator.shape.family == "encoder-decoder"
    assert trace.site("decoder", 0).causal
    assert not trace.site("encoder", 0).causal


def test_without_a_target_the_model_writes_its_own(translator: TransformersModel) -> None:
    trace = translator.run("a b c d")
    assert trace.text_pair is None
    assert trace.target is not None
    assert trace.decoder is not None
    assert trace.decoder.tokens[0].special
    for token in trace.decoder.tokens:
        if token.start is not None:
            assert token.text == trace.target[token.start : token.end]


def test_models_that_load_at_once_have_their_weights_tied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library unties all models of the process while it makes one."""
    bart(tmp_path)
    plain = BartForConditionalGeneration.__init__
    under_way: list[int] = []

    def slow(self: BartForConditionalGeneration, config: BartConfig) -> None:
        under_way.append(1)
        plain(self, config)
        time.sleep(0.1)  # another load, if it may begin, begins now
        assert len(under_way) == 1, "two models are being made at once"
        under_way.pop()

    monkeypatch.setattr(BartForConditionalGeneration, "__init__", slow)
    with ThreadPoolExecutor(3) as loaders:
        found = list(loaders.map(lambda name: TransformersModel.from_folder(name, tmp_path), "abc"))
    traces = [model.run("a b c", "d e").hidden for model in found]
    assert all(torch.equal(hidden, traces[0]) for hidden in traces if hidden is not None)


def test_too_long_a_target_names_text_pair(translator: TransformersModel) -> None:
    with pytest.raises(TextTooLong, match=r"^text_pair has \d+ tokens; ") as caught:
        translator.run("a", " ".join("abcdefg" * 5))
    assert caught.value.argument == "text_pair"


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses:UserWarning")
def test_marian_reads_and_writes_with_the_characters_that_were_typed(tmp_path: Path) -> None:
    corpus = ["苹果很好吃，我买了三斤。", "the apples are tasty and I bought three jin"] * 9
    spm = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=spm, vocab_size=37, minloglevel=2
    )
    for name in ("source.spm", "target.spm"):
        (tmp_path / name).write_bytes(spm.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=spm.getvalue())
    pieces = [processor.id_to_piece(i) for i in range(processor.get_piece_size())]
    vocabulary = {"</s>": 0, "<unk>": 1}
    for piece in pieces:
        vocabulary.setdefault(piece, len(vocabulary))
    vocabulary["<pad>"] = len(vocabulary)
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    tokenizer = MarianTokenizer(
        str(tmp_path / "source.spm"), str(tmp_path / "target.spm"), str(tmp_path / "vocab.json")
    )
    folder = tmp_path / "marian"
    tokenizer.save_pretrained(folder)
    MarianMTModel(
        MarianConfig(
            vocab_size=len(vocabulary),
            d_model=24,
            encoder_layers=1,
            decoder_layers=2,
            encoder_attention_heads=3,
            decoder_attention_heads=3,
            encoder_ffn_dim=23,
            decoder_ffn_dim=19,
            max_position_embeddings=61,
            pad_token_id=vocabulary["<pad>"],
            decoder_start_token_id=vocabulary["<pad>"],
            eos_token_id=0,
            forced_eos_token_id=None,
        )
    ).save_pretrained(folder)
    model = TransformersModel.from_folder("marian", folder)

    text = "苹果很好吃"
    encoding = model.encode(text, "the apples")
    assert encoding.encoder is not None
    assert encoding.decoder is not None
    assert "".join(t.text for t in encoding.encoder.tokens if t.start is not None) == text
    assert (
        encoding.inputs["input_ids"].tolist()
        == tokenizer(text, return_tensors="pt")["input_ids"].tolist()
    )
    assert [w.text for w in encoding.decoder.words if not w.special] == ["the", "apples"]
    trace = model.run(text)
    assert trace.kinds == ("encoder", "decoder", "cross")
    assert len(trace.of_kind("cross")) == 2


def test_a_decoder_reads_one_text(shared: Path) -> None:
    model = TransformersModel.from_folder("stories260k", shared / "models" / "stories260k")
    with pytest.raises(InvalidSelection, match="reads one text; leave out text_pair"):
        model.run("Once", "upon")
    trace = model.run("Once upon a time")
    assert trace.kinds == ("decoder",)
    assert model.shape.family == "decoder"
    assert trace.site("decoder", 4).causal


def test_a_checkpoint_without_a_tokenizer_is_unsupported(shared: Path) -> None:
    with pytest.raises(UnsupportedModel, match="holds no tokenizer: none of"):
        TransformersModel.from_folder("nano-sort", shared / "models" / "nano-sort")
