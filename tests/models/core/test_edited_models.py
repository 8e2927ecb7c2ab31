"""Edited runs beside models that do the same by themselves, in threads, and of loaded models.

The oracles are the model's own eager run with other weights, or another architecture.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

from headlight.models.capture.prepare import prepare
from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import (
    Change,
    Edit,
    MeanAblation,
    Renormalise,
    Temperature,
    Unscaled,
    Where,
    Window,
    ZeroAblation,
)
from headlight.models.core.errors import InvalidSelection
from headlight.models.zoo.transformers import TransformersModel
from tests.models.edited import (
    FAMILIES,
    HEAD,
    OTHER_TEXT,
    TEXT,
    Subject,
    close,
    edit_at,
    first_tensor,
    last,
    of_family,
    of_loaded,
    small,
)
from tests.models.families import TAPPED


def own_run(name: str, change: Callable[[Any], None]) -> Tensor:
    """The model's own run, nothing of ours in it, with its weights changed."""
    family = FAMILIES[name]
    model = family.build()
    with torch.inference_mode():
        change(model)
        return first_tensor(model(**family.inputs))[0]


W_O: dict[str, tuple[Where, Callable[[Any], Tensor], Callable[[Any], tuple[Tensor, ...]]]] = {
    "Bert": (
        Where("encoder", 1, (HEAD,)),
        lambda model: model.encoder.layer[1].attention.output.dense.weight,
        lambda model: tuple(model.encoder.layer[1].attention.self.query.parameters()),
    ),
    "Llama": (
        Where("decoder", 1, (HEAD,)),
        lambda model: model.layers[1].self_attn.o_proj.weight,
        lambda model: (model.layers[1].self_attn.q_proj.weight,),
    ),
    "T5": (
        Where("decoder", 1, (HEAD,)),
        lambda model: model.decoder.block[1].layer[0].SelfAttention.o.weight,
        lambda model: (model.decoder.block[1].layer[0].SelfAttention.q.weight,),
    ),
    "Marian": (
        Where("cross", 2, (HEAD,)),
        lambda model: model.decoder.layers[2].encoder_attn.out_proj.weight,
        lambda model: tuple(model.decoder.layers[2].encoder_attn.q_proj.parameters()),
    ),
}


@pytest.mark.parametrize("name", W_O)
def test_a_head_is_off_as_if_its_part_of_w_o_were_zero(name: str) -> None:
    where, w_o, _ = W_O[name]
    width = FAMILIES[name].d_head

    def silence(model: Any) -> None:
        w_o(model)[:, HEAD * width : (HEAD + 1) * width] = 0

    found = of_family(FAMILIES[name]).run([Edit(where, ZeroAblation())])[1]
    close(found, own_run(name, silence), name)


@pytest.mark.parametrize("name", W_O)
def test_a_temperature_is_as_if_w_q_of_the_head_were_divided_by_it(name: str) -> None:
    where, _, w_q = W_O[name]
    width = FAMILIES[name].d_head

    def heat(model: Any) -> None:
        for weight in w_q(model):
            weight[HEAD * width : (HEAD + 1) * width] /= 2.5

    found = of_family(FAMILIES[name]).run([Edit(where, Temperature(2.5))])[1]
    close(found, own_run(name, heat), name)


def test_a_window_on_every_head_of_llama_is_mistral() -> None:
    # Mistral counts the query among the 3 positions that it sees; their weights are the same.
    edits = [Edit(Where("decoder", layer), Window(2)) for layer in range(2)]
    found = of_family(FAMILIES["Llama"]).run(edits)[1]
    close(found, own_run("Mistral", lambda model: None), "Mistral")


def test_without_its_scale_gpt_2_is_gpt_2_without_scale() -> None:
    def unscale(model: Any) -> None:
        for block in model.h:
            block.attn.scaling = 1.0
            block.attn.scale_attn_weights = False

    edits = [Edit(Where("decoder", layer), Unscaled()) for layer in range(2)]
    found = of_family(FAMILIES["GPT2"]).run(edits)[1]
    close(found, own_run("GPT2", unscale), "GPT2")


def test_another_normaliser_or_a_window_in_every_block_is_the_model_made_with_it() -> None:
    made: list[tuple[dict[str, object], Change]] = [
        ({"normaliser": "relu"}, Renormalise("relu")),
        ({"window": 2}, Window(2)),
        ({"score": "dot"}, Unscaled()),
    ]
    for shape, change in made:
        edits = [Edit(Where("encoder", layer), change) for layer in range(3)]
        found = small().edited(small().run(TEXT), edits)
        close(last(found), last(small(**shape).run(TEXT)), str(shape))


def eight(subject: Subject) -> list[list[Edit]]:
    site = subject.edited_sites[0]
    names = ("cold", "unscaled", "window", "edges", "relu", "cut", "mean", "patch")
    return [[edit_at(site, subject.changes[name])] for name in names]


@pytest.mark.parametrize("name", ["Bert", "small"])
def test_eight_threads_that_edit_one_model_at_once_get_what_each_gets_alone(name: str) -> None:
    of = of_loaded(small(), TEXT, OTHER_TEXT) if name == "small" else of_family(FAMILIES[name])
    edits = eight(of)
    alone = [of.run(listed) for listed in edits]
    together = Barrier(len(edits))

    def wrong(index: int) -> int:
        together.wait()
        count = 0
        for _ in range(10):
            sites, hidden = of.run(edits[index])
            same = [torch.equal(a.z, b.z) for a, b in zip(sites, alone[index][0], strict=True)]
            count += not (all(same) and torch.equal(hidden, alone[index][1]))
        return count

    with ThreadPoolExecutor(len(edits)) as pool:
        assert list(pool.map(wrong, range(len(edits)))) == [0] * len(edits)
    assert torch.equal(of.run([])[1], of.hidden)


def test_batches_of_edits_and_single_runs_at_once_never_mix() -> None:
    of = of_family(FAMILIES["Bert"])
    rows = [interventions_of(listed, of.sites) for listed in eight(of)]
    alone, plain = of.run_batch(rows), of.hidden
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            many, one = pool.submit(of.run_batch, rows), pool.submit(of.run, ())
            assert torch.equal(many.result(), alone)
            assert torch.equal(one.result()[1], plain)


def test_an_edited_run_that_fails_leaves_the_next_run_plain() -> None:
    captured = prepare(FAMILIES["Bert"].build(), FAMILIES["Bert"].inputs)
    sites, output = captured.run(**FAMILIES["Bert"].inputs)
    off = interventions_of([Edit(Where("encoder", 1), ZeroAblation())], sites)
    with pytest.raises(IndexError):
        captured.run(interventions=off, input_ids=torch.tensor([[5, 999]]))
    again = captured.run(**FAMILIES["Bert"].inputs)[1]
    assert torch.equal(first_tensor(again), first_tensor(output))


def save_tokenizer(folder: Path) -> int:
    """A tokenizer of letters; how many there are."""
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    vocabulary |= {letter: 4 + index for index, letter in enumerate("abcdefg")}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        unk_token="<unk>", model_max_length=29,
    ).save_pretrained(folder)  # fmt: skip
    return len(vocabulary)


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> TransformersModel:
    folder = tmp_path_factory.mktemp("bart")
    config = BartConfig(
        vocab_size=save_tokenizer(folder), d_model=24, encoder_layers=2, decoder_layers=3,
        encoder_attention_heads=3, decoder_attention_heads=2, encoder_ffn_dim=23,
        decoder_ffn_dim=19, max_position_embeddings=29,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(5)
        BartForConditionalGeneration(config).save_pretrained(folder)
    return TransformersModel.from_folder("bart", folder)


def test_a_model_that_wrote_its_own_target_keeps_it_when_edited(
    translator: TransformersModel,
) -> None:
    plain = translator.run("a b c d")
    off = [Edit(Where(kind, 0), ZeroAblation()) for kind in plain.kinds]
    found = translator.edited(plain, off)
    assert (found.text_pair, found.target) == (None, plain.target)
    assert found.decoder is not None
    assert plain.decoder is not None
    assert found.decoder.tokens == plain.decoder.tokens
    assert not torch.equal(last(found), last(plain))
    assert last(found).shape == last(plain).shape == (len(plain.decoder.tokens), 24)
    close(
        translator.run_batch(plain, [{}, interventions_of(off, plain.sites)])[1], last(found), "off"
    )
    assert torch.equal(last(translator.edited(plain, [])), last(plain))


def test_a_target_that_was_given_stays_too(translator: TransformersModel) -> None:
    plain = translator.run("a b c", "d e")
    found = translator.edited(plain, [Edit(Where("cross", 1), MeanAblation())])
    assert (found.text_pair, found.target) == ("d e", "d e")
    assert torch.equal(found.site("encoder", 1).z, plain.site("encoder", 1).z)


def test_a_model_that_can_be_read_but_not_edited_says_so(tmp_path: Path) -> None:
    save_tokenizer(tmp_path)
    family = next(family for family in TAPPED if family.name == "MegatronBert")
    family.build().save_pretrained(tmp_path)
    model = TransformersModel.from_folder("megatron", tmp_path)
    plain = model.run("a b c")
    with pytest.raises(InvalidSelection, match="can be read but not edited") as caught:
        model.edited(plain, [Edit(Where("encoder", 0), ZeroAblation())])
    assert caught.value.argument == "model"
    with pytest.raises(InvalidSelection, match="choose another model"):
        model.run_batch(plain, [{}])
