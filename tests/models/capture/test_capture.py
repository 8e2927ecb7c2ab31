"""One attention function for all requests: what it keeps, for whom, and what it leaves alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor
from transformers import GPT2LMHeadModel, PreTrainedModel

from headlight.models.capture import hook
from headlight.models.capture.prepare import Captured, prepare
from headlight.models.capture.recording import current_recording, recording, split_mask
from tests.models.families import BERT_LIKE, GPT_LIKE, SERVED, TEXT

ALL = slice(None)
FAMILIES = {family.name: family for family in SERVED}
LONGER = {"input_ids": torch.tensor([[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31]])}


def prepared(name: str) -> Captured:
    return prepare(FAMILIES[name].build(), FAMILIES[name].inputs)


def random_text(seed: int, tokens: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {"input_ids": torch.randint(1, 101, (1, tokens), generator=generator)}


def language_model() -> GPT2LMHeadModel:
    config = transformers.GPT2Config(**GPT_LIKE, bos_token_id=1, eos_token_id=2, pad_token_id=0)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model: GPT2LMHeadModel = GPT2LMHeadModel._from_config(config, attn_implementation="eager")
    return model.eval()


def test_requests_in_two_threads_never_mix() -> None:
    captured = prepared("Bert")
    texts = [random_text(seed, tokens) for seed, tokens in enumerate((5, 7, 11, 13))]
    expected = [captured.run(**text)[0] for text in texts]
    together = threading.Barrier(2)

    def many_runs(offset: int) -> int:
        together.wait()
        wrong = 0
        for turn in range(150):
            number = (turn + offset) % len(texts)
            sites, _ = captured.run(**texts[number])
            wrong += any(
                not torch.equal(seen.q, own.q) or not torch.equal(seen.z, own.z)
                for seen, own in zip(sites, expected[number], strict=True)
            )
        return wrong

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(many_runs, (0, 1))) == [0, 0]


def test_two_models_at_once_keep_their_own_sites() -> None:
    first, second = prepared("Bert"), prepared("GPT2")
    with ThreadPoolExecutor(2) as pool:
        for _ in range(40):
            ours, theirs = pool.submit(first.run, **TEXT), pool.submit(second.run, **LONGER)
            assert {site.kind for site in ours.result()[0]} == {"encoder"}
            assert {site.kind for site in theirs.result()[0]} == {"decoder"}


def test_a_layer_number_starts_again_at_every_run() -> None:
    captured = prepared("Albert")
    for _ in range(3):
        assert [site.layer for site in captured.run(**TEXT)[0]] == [0, 1]


def test_a_run_that_fails_leaves_nothing_behind() -> None:
    captured = prepared("Bert")
    with pytest.raises(IndexError):
        captured.run(input_ids=torch.tensor([[5, 999]]))
    assert current_recording() is None
    assert len(captured.run(**TEXT)[0]) == 2


@pytest.mark.parametrize("name", ["Bert", "Llama", "T5", "Gemma2", "GptOss"])
def test_a_plain_call_of_a_prepared_model_gives_what_it_always_gave(name: str) -> None:
    family = FAMILIES[name]
    with torch.inference_mode():
        own = family.build()(**family.inputs, output_attentions=True)
        after = prepare(family.build(), family.inputs).model(
            **family.inputs, output_attentions=True
        )
    assert torch.equal(own[0], after[0])
    for field in ("attentions", "encoder_attentions", "decoder_attentions", "cross_attentions"):
        for theirs, ours in zip(own.get(field) or (), after.get(field) or (), strict=True):
            assert torch.equal(theirs, ours)


def test_a_plain_call_may_hold_a_batch_with_padding() -> None:
    batch = {
        "input_ids": torch.tensor([[5, 7, 11, 13, 17], [19, 23, 29, 0, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
    }
    family = FAMILIES["Bert"]
    with torch.inference_mode():
        own = family.build()(**batch).last_hidden_state
        after = prepared("Bert").model(**batch).last_hidden_state
    assert torch.equal(own, after)


def test_generation_with_a_cache_writes_what_the_model_wrote_before() -> None:
    model, start = language_model(), torch.tensor([[5, 7, 11], [13, 17, 19]])
    settings: dict[str, Any] = {
        "attention_mask": torch.ones_like(start), "max_new_tokens": 13, "do_sample": False,
    }  # fmt: skip
    before = model.generate(start, **settings)
    captured = prepare(model, random_text(1, 7))
    assert torch.equal(captured.model.generate(start, **settings), before)
    assert torch.equal(captured.model.generate(start, use_cache=False, **settings), before)


def test_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="one text, not a batch of 2"):
        prepared("Bert").run(input_ids=torch.tensor([[5, 7], [11, 13]]))


def test_attention_mask_becomes_the_sites_mask() -> None:
    captured = prepared("Bert")
    hidden = torch.tensor([[1, 1, 1, 1, 1, 0, 0]])
    for site in captured.run(input_ids=TEXT["input_ids"], attention_mask=hidden)[0]:
        assert site.mask is not None
        assert site.mask.dtype == torch.bool
        assert torch.equal(site.mask, hidden.bool().expand(1, 7, 7))


def test_without_padding_an_encoder_has_no_mask() -> None:
    for mask in ({}, {"attention_mask": torch.ones(1, 11, dtype=torch.long)}):
        sites, _ = prepared("Bert").run(**LONGER, **mask)
        assert [site.mask for site in sites] == [None, None]


def test_a_decoder_sees_the_past_and_itself() -> None:
    for site in prepared("GPT2").run(**LONGER)[0]:
        assert site.mask is not None
        assert torch.equal(site.mask[0], torch.ones(11, 11, dtype=torch.bool).tril())


def test_layers_share_one_mask_in_memory() -> None:
    first, second = prepared("GPT2").run(**LONGER)[0]
    assert first.mask is not None
    assert second.mask is not None
    assert first.mask.data_ptr() == second.mask.data_ptr()


def test_layers_share_one_position_bias_in_memory() -> None:
    family = FAMILIES["T5"]
    sites, _ = prepared("T5").run(**family.inputs)
    biases = [site.bias for site in sites if site.kind == "decoder"]
    assert len({bias.data_ptr() for bias in biases if bias is not None}) == 1


def test_fused_z_is_the_pattern_times_the_values_with_bias_mask_and_rows_that_see_nothing() -> None:
    torch.manual_seed(7)
    q, k, v = torch.randn(6, 11, 5), torch.randn(2, 13, 5), torch.randn(2, 13, 5)
    bias, mask = torch.randn(6, 11, 13), torch.rand(1, 11, 13) > 0.4
    mask[0, 3] = False
    for added, allowed in ((None, None), (bias, None), (None, mask), (bias, mask)):
        scores = torch.einsum("hqd,hkd->hqk", q, k.repeat_interleave(3, 0)) * 0.3
        logits = scores if added is None else scores + added
        if allowed is not None:
            logits = logits.masked_fill(~allowed, torch.finfo(torch.float32).min)
        wanted = logits.softmax(-1) @ v.repeat_interleave(3, 0)
        torch.testing.assert_close(hook._fused_z(q, k, v, 0.3, added, allowed), wanted)


def test_any_choice_of_heads_has_the_pattern_that_the_run_used() -> None:
    for name in ("Llama", "T5", "GptOss"):
        for site in prepared(name).run(**FAMILIES[name].inputs)[0]:
            whole = site.pattern(ALL)
            torch.testing.assert_close(site.pattern([2, 0]), whole[[2, 0]], rtol=0, atol=1e-6)
            torch.testing.assert_close(site.pattern(slice(1, 2)), whole[1:2], rtol=0, atol=1e-6)


def test_serving_keeps_no_graph_and_no_trainable_weight() -> None:
    captured = prepared("Bert")
    sites, output = captured.run(**TEXT)
    assert not any(weight.requires_grad for weight in captured.model.parameters())
    assert output.last_hidden_state.is_inference()
    assert all(site.q.is_inference() and site.z.is_inference() for site in sites)


def test_gradients_reach_q_and_k_on_request() -> None:
    captured = prepared("Bert")
    ids, hidden = TEXT["input_ids"], TEXT["attention_mask"]
    embedded = captured.model.get_input_embeddings()(ids).detach().requires_grad_()
    sites, output = captured.run(requires_grad=True, inputs_embeds=embedded, attention_mask=hidden)
    plain, _ = captured.run(input_ids=ids, attention_mask=hidden)
    gradients = torch.autograd.grad(output.last_hidden_state[0, 0, 0], [sites[0].q, sites[0].k])
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    assert torch.equal(sites[0].pattern(ALL), plain[0].pattern(ALL))


def test_an_encoder_and_a_decoder_of_two_families_show_three_kinds() -> None:
    config = transformers.EncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.BertConfig(**BERT_LIKE), transformers.GPT2Config(**GPT_LIKE)
    )
    config.decoder.add_cross_attention = True
    model: PreTrainedModel = transformers.EncoderDecoderModel(config=config)
    inputs = {**TEXT, "decoder_input_ids": torch.tensor([[3, 9, 4, 8, 6]])}
    sites, _ = prepare(model, inputs).run(**inputs)
    assert [(site.kind, site.layer) for site in sites] == [
        ("encoder", 0), ("encoder", 1),
        ("decoder", 0), ("cross", 0), ("decoder", 1), ("cross", 1),
    ]  # fmt: skip
    assert all(site.q.shape[1:] == (5, 11) and site.k.shape[1:] == (7, 11) for site in sites
               if site.kind == "cross")  # fmt: skip


def test_a_model_that_calls_attention_otherwise_than_prepared_is_an_error() -> None:
    captured = prepared("Bert")
    captured.model.encoder.layer = captured.model.encoder.layer[:1]
    with pytest.raises(RuntimeError, match="called attention 1 times, the dry run 2 times"):
        captured.run(**TEXT)


def test_a_model_is_prepared_whatever_attention_it_was_loaded_with() -> None:
    family = FAMILIES["Llama"]
    model = family.build()
    model.set_attn_implementation("sdpa")
    ours, _ = prepare(model, family.inputs).run(**family.inputs)
    theirs, _ = prepared("Llama").run(**family.inputs)
    assert all(torch.equal(a.z, b.z) for a, b in zip(ours, theirs, strict=True))


def test_the_function_agrees_with_torchs_own_attention() -> None:
    generator = torch.Generator().manual_seed(5)
    q = torch.randn(2, 6, 5, 11, generator=generator)
    k, v = torch.randn(2, 2, 3, 7, 11, generator=generator).unbind()
    bias = torch.randn(2, 1, 5, 7, generator=generator)
    bias[0, :, :, 5:] = torch.finfo(torch.float32).min
    own = torch.nn.functional.scaled_dot_product_attention(q, k, v, bias, enable_gqa=True)
    context, pattern = hook.attend(torch.nn.Module(), q, k, v, bias)
    torch.testing.assert_close(context.transpose(1, 2), own)
    assert pattern is not None
    assert pattern[0, :, :, 5:].max() == 0


def test_dropout_acts_only_while_a_model_is_trained() -> None:
    q = k = v = torch.ones(1, 3, 5, 11)
    module = torch.nn.Module()
    still = hook.attend(module.eval(), q, k, v, None, dropout=0.5)[0]
    assert torch.equal(still, torch.ones(1, 5, 3, 11))
    torch.manual_seed(0)
    assert not torch.equal(hook.attend(module.train(), q, k, v, None, dropout=0.5)[0], still)


def test_an_additive_mask_falls_apart_into_where_and_how_much() -> None:
    never = torch.finfo(torch.float32).min
    additive = torch.tensor([[[[0.0, never, 2.0], [-1e4, -float("inf"), -3.0]]]])
    mask, bias = split_mask(additive)
    assert mask is not None
    assert bias is not None
    assert mask.tolist() == [[[[True, False, True], [False, False, True]]]]
    assert bias.tolist() == [[[[0.0, 0.0, 2.0], [0.0, 0.0, -3.0]]]]


def test_a_mask_that_hides_nothing_and_adds_nothing_is_none() -> None:
    assert split_mask(None) == (None, None)
    assert split_mask(torch.zeros(1, 1, 5, 7)) == (None, None)
    assert split_mask(torch.ones(1, 1, 5, 7, dtype=torch.bool)) == (None, None)


def test_a_position_bias_is_kept_beside_the_mask() -> None:
    bias = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    mask, kept = split_mask(torch.tensor([[[[0.0, 0.0, -float("inf")]]]]), bias)
    assert mask is not None
    assert kept is not None
    assert mask.tolist() == [[[[True, True, False]]]]
    assert kept.tolist() == [[[[1.0, 2.0, 0.0]]]]
    boolean, same = split_mask(torch.tensor([[[[True, True, False]]]]), bias)
    assert boolean is not None
    assert boolean.tolist() == [[[[True, True, False]]]]
    assert same is bias


def test_a_recording_ends_with_its_block() -> None:
    with recording() as outer:
        with recording() as inner:
            assert current_recording() is inner
        assert current_recording() is outer
    assert current_recording() is None
