"""Output heads of library models: the headed model's own logits, and never a random head's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedModel,
)

from headlight.models.capture.output_head import read_alone
from headlight.models.capture.prepare import prepare
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.model import LoadedModel
from headlight.models.core.outputs import Fill
from headlight.models.zoo.registry import build_registry
from headlight.models.zoo.transformers import TransformersModel, load_folder
from tests.models import headed
from tests.models.families import SERVED, TAPPED, Family
from tests.models.headed import bart
from tests.models.speaking import TOKENIZER, speaking_folder

HEADS: list[tuple[Any, Any]] = [
    (MODEL_FOR_MASKED_LM_MAPPING, AutoModelForMaskedLM),
    (MODEL_FOR_CAUSAL_LM_MAPPING, AutoModelForCausalLM),
    (MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING, AutoModelForSeq2SeqLM),
]
WITH_TOKENS = [family for family in SERVED + TAPPED if "input_ids" in family.inputs]
# Its decoder ends in the output projection, so that no last vectors are left to read.
HEADLESS = {"FSMT"}


def headed_models(family: Family) -> list[PreTrainedModel]:
    config = getattr(transformers, f"{family.name}Config")(**family.arguments)
    two_towers = "cross" in family.kinds
    found = []
    for mapping, auto in HEADS:
        if type(config) in mapping and (auto is AutoModelForSeq2SeqLM) == two_towers:
            model = auto.from_config(config, attn_implementation="eager")
            found.append(headed.random(model))
            if hasattr(model, "final_logits_bias"):
                model.final_logits_bias.fill_(0.7)
    return found


@pytest.mark.parametrize("family", WITH_TOKENS, ids=str)
def test_a_head_alone_gives_the_headed_model_s_own_logits(family: Family) -> None:
    models = headed_models(family)
    assert models
    for model in models:
        two_towers = bool(model.config.is_encoder_decoder)
        with torch.inference_mode():
            own = model(**family.inputs)["logits"][0]
        captured = prepare(model if two_towers else model.base_model, family.inputs)
        more: dict[str, Any] = {"output_hidden_states": True} if two_towers else {}
        _, output = captured.run(**family.inputs, **more)
        last = output["decoder_hidden_states"][-1] if two_towers else output["last_hidden_state"]
        head = read_alone(model, family.inputs, last[0])
        if family.name in HEADLESS:
            assert head is None
            continue
        assert head is not None, type(model).__name__
        with torch.inference_mode():
            torch.testing.assert_close(head(last[0]), own, rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(head(last[0, 2:3]), own[2:3], rtol=1e-4, atol=1e-4)


def test_a_head_that_gives_other_logits_is_left_out() -> None:
    family = next(family for family in SERVED if family.name == "GPT2")
    (model,) = headed_models(family)
    _, output = prepare(model.base_model, family.inputs).run(**family.inputs)
    assert read_alone(model, family.inputs, output["last_hidden_state"][0] * 1.01) is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """folder(name): the checkpoint of that name in tests.models.headed."""
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            made[name] = getattr(headed, name)(tmp_path_factory.mktemp(name))
        return made[name]

    return make


Folder = Callable[[str], Path]


def own_logits(folder: Path, auto: Any, inputs: dict[str, Any]) -> Tensor:
    """The checkpoint's own, past everything of ours."""
    model = auto.from_pretrained(folder, local_files_only=True).eval()
    with torch.inference_mode():
        logits: Tensor = model(**inputs)["logits"][0]
    return logits


def check_fill(model: LoadedModel, fill: Fill, logits: Tensor) -> None:
    """The five most probable of that row, by name and by share of the whole vocabulary."""
    shares = logits.softmax(-1)
    values, best = shares.topk(5)
    (said,) = model.outputs
    assert [each.piece for each in fill.candidates] == [
        model.name_of(said, index) for index in best.tolist()
    ]
    assert [each.probability for each in fill.candidates] == pytest.approx(
        values.tolist(), rel=1e-3
    )


@pytest.mark.parametrize(("name", "mask"), [("bert", "[MASK]"), ("roberta", "<mask>")])
def test_a_masked_model_reads_a_typed_mask_and_fills_it(
    folder: Folder, name: str, mask: str
) -> None:
    model = load_folder(name, folder(name))
    assert model.outputs == ("fill",)
    text = f"The {mask} will be {mask}"
    trace = model.run(text)
    assert trace.encoder is not None
    assert trace.outputs is not None
    assert [each.text for each in trace.encoder.tokens if each.piece == mask] == [mask, mask]
    gaps = [pos for pos, token in enumerate(trace.encoder.tokens) if token.piece == mask]
    assert not any(trace.encoder.tokens[pos].special for pos in gaps)
    logits = own_logits(folder(name), AutoModelForMaskedLM, model.encode(text).inputs)
    assert [fill.position for fill in trace.outputs.fills] == gaps
    for fill in trace.outputs.fills:
        check_fill(model, fill, logits[fill.position])
    assert trace.outputs.next is None
    assert trace.outputs.tags == trace.outputs.parents == trace.outputs.antecedents == ()
    silent = model.run("The law").outputs
    assert silent is not None
    assert silent.fills == ()


def test_a_causal_model_says_what_comes_next_and_reads_a_mask_as_characters(
    folder: Folder,
) -> None:
    model = load_folder("gpt2", folder("gpt2"))
    assert model.outputs == ("next",)
    trace = model.run("I saw a [MASK]")
    assert trace.outputs is not None
    assert trace.decoder is not None
    assert trace.outputs.next is not None
    assert trace.outputs.next.position == len(trace.decoder) - 1
    assert trace.outputs.fills == ()
    inputs = model.encode("I saw a [MASK]").inputs
    logits = own_logits(folder("gpt2"), AutoModelForCausalLM, inputs)
    check_fill(model, trace.outputs.next, logits[-1])


@pytest.mark.parametrize("scaled", [True, False])
def test_an_encoder_decoder_says_what_its_decoder_would_write_next(
    tmp_path: Path, scaled: bool
) -> None:
    path = headed.t5(tmp_path / "t5", scale_decoder_outputs=scaled, tie_word_embeddings=scaled)
    model = load_folder("t5", path)
    assert model.outputs == ("next",)
    trace = model.run("The law", "I saw")
    assert trace.outputs is not None
    assert trace.outputs.next is not None
    assert trace.decoder is not None
    assert trace.outputs.next.position == len(trace.decoder) - 1
    inputs = model.encode("The law", "I saw").inputs
    check_fill(model, trace.outputs.next, own_logits(path, AutoModelForSeq2SeqLM, inputs)[-1])


def test_a_decoder_with_more_layers_than_its_encoder_writes_its_own_target(tmp_path: Path) -> None:
    path = headed.t5(tmp_path / "t5")
    trace = load_folder("t5", path).run("The law")
    assert len(trace.of_kind("decoder")) > len(trace.of_kind("encoder"))
    assert trace.decoder is not None
    ids = AutoTokenizer.from_pretrained(path)("The law", return_tensors="pt")
    own = AutoModelForSeq2SeqLM.from_pretrained(path).generate(
        **ids, use_cache=False, do_sample=False, max_new_tokens=5
    )
    pieces = AutoTokenizer.from_pretrained(path).convert_ids_to_tokens(own[0])
    assert [token.piece for token in trace.decoder.tokens][:6] == pieces


def test_a_translator_s_bias_of_the_last_logits_is_read_too(tmp_path: Path) -> None:
    bart(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    shape = weights.get("final_logits_bias", torch.zeros(1, 0)).shape
    vocabulary = json.loads((tmp_path / "config.json").read_text())["vocab_size"]
    assert shape in {(1, vocabulary), (1, 0)}
    bias = torch.linspace(-2, 2, vocabulary)[None]
    save_file(
        {**weights, "final_logits_bias": bias}, tmp_path / "model.safetensors", {"format": "pt"}
    )
    model = load_folder("bart", tmp_path)
    trace = model.run("a b c", "d e")
    assert trace.hidden is not None
    own = own_logits(tmp_path, AutoModelForSeq2SeqLM, model.encode("a b c", "d e").inputs)
    torch.testing.assert_close(model.logits("next", trace.hidden), own, rtol=1e-4, atol=1e-5)


def rename(folder: Path, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))


def test_a_head_whose_weights_are_missing_is_never_used(tmp_path: Path) -> None:
    headed.bert(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if "cls." not in name}
    assert len(kept) < len(weights)
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    model = load_folder("bert", tmp_path)
    assert model.outputs == ()
    trace = model.run("The [MASK]")
    assert trace.outputs is None
    assert trace.encoder is not None
    assert "[MASK]" not in [token.piece for token in trace.encoder.tokens]
    assert trace.hidden is not None
    with pytest.raises(InvalidSelection, match="cannot fill in masks; it can only show") as refused:
        model.logits("fill", trace.hidden)
    assert refused.value.argument == "model"


def test_a_part_of_a_head_that_is_missing_is_a_head_that_is_missing(tmp_path: Path) -> None:
    headed.bert(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["cls.predictions.transform.dense.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    assert load_folder("bert", tmp_path).outputs == ()


def test_a_classifier_and_a_bare_model_say_nothing(tmp_path: Path) -> None:
    headed.bert(tmp_path)
    rename(tmp_path, architectures=["BertForSequenceClassification"])
    assert load_folder("bert", tmp_path).outputs == ()
    rename(tmp_path, architectures=["BertModel"])
    assert load_folder("bert", tmp_path).outputs == ()
    rename(tmp_path, architectures=None)
    assert load_folder("bert", tmp_path).outputs == ()
    rename(tmp_path, architectures=["BertLMHeadModel"])  # but its attention sees the future
    assert load_folder("bert", tmp_path).outputs == ()


def test_the_built_in_bert_says_nothing() -> None:
    model = build_registry().load("bert")
    assert model.outputs == ()
    assert model.run("I saw").outputs is None
    for ask in (lambda: model.name_of("next", 3), lambda: model.index_of("tag", "NOUN")):
        with pytest.raises(InvalidSelection, match="it can only show its attention"):
            ask()


def test_the_last_vectors_with_a_head_are_those_without(tmp_path: Path) -> None:
    headed.bert(tmp_path)
    speaks = load_folder("bert", tmp_path).run("The law")
    rename(tmp_path, architectures=["BertModel"])
    silent = load_folder("bert", tmp_path).run("The law")
    assert speaks.hidden is not None
    assert silent.hidden is not None
    assert torch.equal(speaks.hidden, silent.hidden)


@pytest.mark.parametrize("name", ["bert", "roberta", "gpt2", "t5"])
def test_every_entry_of_a_vocabulary_has_a_name_that_leads_back_to_it(
    folder: Folder, name: str
) -> None:
    model = load_folder(name, folder(name))
    (said,) = model.outputs
    held = model._vocabulary  # type: ignore[attr-defined]
    for index in held._pieces:
        assert model.index_of(said, model.name_of(said, index)) == index


def test_pieces_are_named_as_a_person_reads_them(folder: Folder) -> None:
    gpt2, bert = (load_folder(name, folder(name)) for name in ("gpt2", "bert"))
    assert gpt2.name_of("next", gpt2.index_of("next", " law")) == " law"
    assert gpt2.index_of("next", " law") == gpt2.index_of("next", "Ġlaw")
    assert gpt2.index_of("next", " law") != gpt2.index_of("next", "l")
    assert gpt2.name_of("next", gpt2.index_of("next", "<0xE8>")) == "<0xE8>"
    assert gpt2.name_of("next", 294) == "[294]"  # a row of weights without a piece
    assert any(bert.name_of("fill", index).startswith("##") for index in range(89))
    with pytest.raises(InvalidSelection, match="'lawyerly' is no entry of gpt2's vocabulary"):
        gpt2.index_of("next", "lawyerly")


def test_a_llama_names_its_spaces_and_tells_its_story(shared: Path) -> None:
    folder = shared / "models" / "stories260k"
    model = TransformersModel.from_folder("told", folder)
    trace = model.run("Once upon a time")
    assert trace.outputs is not None
    assert trace.outputs.next is not None
    candidates = trace.outputs.next.candidates
    assert (candidates[0].piece, candidates[1].piece) == (",", " there")
    inputs = model.encode("Once upon a time").inputs
    check_fill(model, trace.outputs.next, own_logits(folder, AutoModelForCausalLM, inputs)[-1])
    for index in range(512):
        assert model.index_of("next", model.name_of("next", index)) == index


def test_small_says_tags_and_fills_and_names_both(tmp_path: Path) -> None:
    model = load_folder("tiny", speaking_folder(tmp_path))
    assert model.outputs == ("fill", "tag")
    trace = model.run("The [MASK] will be just")
    assert trace.outputs is not None
    assert trace.hidden is not None
    words = trace.encoder.words if trace.encoder is not None else ()
    firsts = [words[tag.word].tokens[0] for tag in trace.outputs.tags]
    best = model.logits("tag", trace.hidden[firsts]).argmax(-1).tolist()
    assert [model.name_of("tag", each) for each in best] == [t.tag for t in trace.outputs.tags]
    assert model.index_of("tag", "NOUN") == [model.name_of("tag", n) for n in range(17)].index(
        "NOUN"
    )
    (fill,) = trace.outputs.fills
    shares = model.logits("fill", trace.hidden[[fill.position]]).softmax(-1)[0]
    shares[:5] = 0  # control tokens
    best = shares.topk(5)
    assert [each.probability for each in fill.candidates] == pytest.approx(
        best.values.tolist(), rel=1e-4
    )
    assert model.index_of("fill", "law") == TOKENIZER.token_to_id("law")
    assert model.name_of("fill", model.index_of("fill", "law")) == "law"
    with pytest.raises(InvalidSelection, match=r"no part of speech; name one of .*NOUN"):
        model.index_of("tag", "noun")
    with pytest.raises(InvalidSelection, match="no entry of tiny's vocabulary"):
        model.index_of("fill", "lawyerly")
    with pytest.raises(InvalidSelection, match="cannot say what comes next; it can fill in masks"):
        model.logits("next", trace.hidden)


def test_logits_are_differentiable_where_the_caller_records_gradients(folder: Folder) -> None:
    model = load_folder("gpt2", folder("gpt2"))
    trace = model.run("I saw a saw")
    index = model.index_of("next", " law")
    found = model.differentiate(trace, lambda last: model.logits("next", last[-1:])[0, index])
    assert trace.hidden is not None
    own = float(model.logits("next", trace.hidden[-1:])[0, index])
    assert found.value == pytest.approx(own, rel=1e-4)
    assert float(found.z["decoder", 0].abs().max()) > 0
    with torch.no_grad():
        assert not model.logits("next", trace.hidden.clone()).requires_grad


def test_threads_share_a_head(folder: Folder) -> None:
    model = load_folder("gpt2", folder("gpt2"))
    texts = [f"I saw {'a ' * n}law" for n in range(1, 6)]
    wanted = [model.run(text).outputs for text in texts]
    found: list[Any] = [None] * len(texts)

    def ask(index: int) -> None:
        for _ in range(5):
            trace = model.run(texts[index])
            model.differentiate(trace, lambda last: last[-1, 0])
            found[index] = trace.outputs

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == wanted
