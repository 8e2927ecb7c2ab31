"""Folders of tiny checkpoints, as people bring them: what is served, and what is refused and why.

One tokenizer of whole words serves all of them, so that a text of any length is words apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers import models as kinds
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from tests.models.families import SERVED, TAPPED, Family

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>")
VOCABULARY = 101
WORDS = tuple(f"w{n}" for n in range(len(SPECIAL), VOCABULARY))
LIMIT = 53

TINY = {
    "vocab_size": VOCABULARY,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 24,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = {
    **TINY,
    "hidden_size": 48,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 12,
    "max_position_embeddings": LIMIT,
}
MOE = {"num_experts_per_tok": 1, "moe_intermediate_size": 16}
BART = {
    "vocab_size": VOCABULARY,
    "d_model": 24,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 3,
    "decoder_attention_heads": 3,
    "encoder_ffn_dim": 24,
    "decoder_ffn_dim": 24,
    "max_position_embeddings": LIMIT,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
}
T5 = {
    "vocab_size": VOCABULARY,
    "d_model": 24,
    "d_kv": 8,
    "d_ff": 24,
    "num_layers": 1,
    "num_heads": 3,
    "decoder_start_token_id": 0,
}
VISION = {
    "hidden_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 3,
    "intermediate_size": 24,
    "image_size": 14,
    "patch_size": 7,
}


def tokenizer(limit: int = LIMIT) -> PreTrainedTokenizerFast:
    """Every word is a token, between <s> and </s>."""
    vocabulary = {word: n for n, word in enumerate((*SPECIAL, *WORDS))}
    made = Tokenizer(kinds.WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    names = dict(zip(("pad_token", "bos_token", "eos_token", "unk_token"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=limit, **names)


def text_of(tokens: int) -> str:
    """A text of that many tokens, <s> and </s> counted."""
    return " ".join(WORDS[7 * n % len(WORDS)] for n in range(tokens - 2))


def make(name: str, config: str, arguments: dict[str, Any], **more: Any) -> PreTrainedModel:
    """A random model, its weights far wider than a fresh one's: its patterns are sharp."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = getattr(transformers, config)(**arguments, **more)
        model: PreTrainedModel = getattr(transformers, name)(made)
        for weight in model.parameters():
            weight.data.normal_(0, 0.3 if weight.dim() > 1 else 0.1)
    return model.eval()


def save(model: PreTrainedModel, folder: Path) -> None:
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def edit_config(folder: Path, *, without: str = "", **values: Any) -> None:
    """Entries of config.json: one taken out, others put in."""
    path = folder / "config.json"
    found = {**json.loads(path.read_text(encoding="utf-8")), **values}
    found.pop(without, None)
    path.write_text(json.dumps(found), encoding="utf-8")


def edit_weights(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path, metadata={"format": "pt"})


@dataclass(frozen=True, eq=False)
class Served:
    """A checkpoint that is shown. `limit` is what was found to run, `numbers` the layers that have
    attention, `rows` what a row of a pattern sums to at most."""

    name: str
    build: Callable[[], PreTrainedModel]
    limit: int = LIMIT
    numbers: tuple[int, ...] | None = None
    sinks: bool = False
    config: dict[str, Any] | None = None

    def __str__(self) -> str:
        return self.name

    def save(self, folder: Path) -> None:
        save(self.build(), folder)
        edit_config(folder, **(self.config or {}))


def _of_family(family: Family, number: int) -> Served:
    starts = {"decoder_start_token_id": 2} if "cross" in family.kinds else {}
    limit = _FAMILY_LIMITS.get(family.name, LIMIT)
    sinks = family.name == "GptOss"
    return Served(f"{family.name}-{number}", family.build, limit, sinks=sinks, config=starts)


# RoBERTa and MPNet count positions from behind their padding's, which is <s> here.
_FAMILY_LIMITS = {"Roberta": 52, "MPNet": 52}
_NOT_TEXT = {"Whisper", "ViT", "Beit", "Wav2Vec2"}
_NO_OFFSETS = {"FSMT"}  # its class of tokenizer is looked for, whatever is in the folder

FAMILIES = tuple(
    _of_family(family, number)
    for number, family in enumerate((*SERVED, *TAPPED))
    if family.name not in _NOT_TEXT | _NO_OFFSETS
)

BIGBIRD = {**TINY, "block_size": 4, "num_random_blocks": 1, "max_position_embeddings": 128}
HYBRID = {
    **GROUPED,
    **MOE,
    "num_hidden_layers": 4,
    "layer_types": ["linear_attention", "linear_attention", "full_attention", "linear_attention"],
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 2,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "num_experts": 2,
    "shared_expert_intermediate_size": 16,
}
INDEXED = {
    **GROUPED,
    **MOE,
    "num_key_value_heads": 4,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 8,
    "index_topk": 4,
    "index_head_dim": 16,
    "index_n_heads": 2,
    "n_routed_experts": 2,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 2,
}


def _rope(kind: str, **more: Any) -> dict[str, Any]:
    rope = {"rope_type": kind, "rope_theta": 10000.0, "original_max_position_embeddings": 16}
    return {**GROUPED, "rope_parameters": {**rope, **more}}


def _two_berts() -> PreTrainedModel:
    decoder = transformers.BertConfig(**TINY, is_decoder=True, add_cross_attention=True)
    config = transformers.EncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.BertConfig(**TINY), decoder
    )
    config.decoder_start_token_id, config.pad_token_id = 1, 0
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return transformers.EncoderDecoderModel(config=config).eval()


ODD = (
    Served(
        "t5-encoder-alone",
        lambda: make("T5EncoderModel", "T5Config", T5),
        config={"is_encoder_decoder": True},
    ),
    # From 29 tokens on it would attend in blocks: (5 + 2 * 1) * 4 are the last that it does not.
    Served("bigbird", lambda: make("BigBirdModel", "BigBirdConfig", BIGBIRD), 28),
    Served("dpr", lambda: make("DPRQuestionEncoder", "DPRConfig", TINY)),
    Served(
        "xlm-roberta-xl",
        lambda: make(
            "XLMRobertaXLModel",
            "XLMRobertaXLConfig",
            {**TINY, "pad_token_id": 0, "max_position_embeddings": 27},
        ),
        26,
    ),
    Served(
        "roberta-prelayernorm",
        lambda: make(
            "RobertaPreLayerNormModel",
            "RobertaPreLayerNormConfig",
            {**TINY, "pad_token_id": 1, "max_position_embeddings": 27},
        ),
        26,
    ),
    Served("two-berts", _two_berts),
    Served(
        "gemma3-of-two-parts",
        lambda: make(
            "Gemma3ForConditionalGeneration",
            "Gemma3Config",
            {"text_config": GROUPED, "vision_config": VISION, "mm_tokens_per_image": 1},
        ),
    ),
    Served("llama-qa", lambda: make("LlamaForQuestionAnswering", "LlamaConfig", GROUPED)),
    Served(
        "llama4-lm",
        lambda: make(
            "Llama4ForCausalLM",
            "Llama4TextConfig",
            {**GROUPED, **MOE, "intermediate_size_mlp": 40, "num_local_experts": 2},
        ),
    ),
    Served(
        "llama4-bare",
        lambda: make(
            "Llama4TextModel",
            "Llama4TextConfig",
            {**GROUPED, **MOE, "intermediate_size_mlp": 40, "num_local_experts": 2},
        ),
    ),
    Served(
        "deepseek-indexer", lambda: make("DeepseekV32ForCausalLM", "DeepseekV32Config", INDEXED)
    ),
    Served(
        "qwen3-next", lambda: make("Qwen3NextForCausalLM", "Qwen3NextConfig", HYBRID), numbers=(2,)
    ),
    Served("bart-classifier", lambda: make("BartForSequenceClassification", "BartConfig", BART)),
    Served("t5-classifier", lambda: make("T5ForSequenceClassification", "T5Config", T5)),
    Served(
        "dynamic-rope",
        lambda: make("LlamaForCausalLM", "LlamaConfig", _rope("dynamic", factor=2.0)),
    ),
    Served(
        "longrope",
        lambda: make(
            "Phi3ForCausalLM",
            "Phi3Config",
            {
                **_rope("longrope", short_factor=[1.0] * 6, long_factor=[4.0] * 6),
                "original_max_position_embeddings": 16,
            },
        ),
    ),
    Served(
        "afmoe",
        lambda: make(
            "AfmoeForCausalLM",
            "AfmoeConfig",
            {
                **GROUPED,
                **MOE,
                "num_experts": 2,
                "num_dense_layers": 2,
                "num_shared_experts": 1,
                "n_group": 1,
                "topk_group": 1,
            },
        ),
    ),
    Served(
        "ctrl",
        lambda: make(
            "CTRLLMHeadModel",
            "CTRLConfig",
            {
                "vocab_size": VOCABULARY,
                "n_embd": 24,
                "n_layer": 2,
                "n_head": 3,
                "dff": 24,
                "n_positions": LIMIT,
            },
        ),
    ),
    Served(
        "mpt",
        lambda: make(
            "MptForCausalLM",
            "MptConfig",
            {
                "vocab_size": VOCABULARY,
                "d_model": 24,
                "n_layers": 2,
                "n_heads": 4,
                "max_seq_len": LIMIT,
            },
        ),
    ),
    Served(
        "pegasus-x",
        lambda: make(
            "PegasusXForConditionalGeneration",
            "PegasusXConfig",
            {**BART, "num_global_tokens": 2, "block_size": 8},
        ),
    ),
    Served(
        "gpt-oss",
        lambda: make(
            "GptOssForCausalLM",
            "GptOssConfig",
            {**GROUPED, "num_local_experts": 2, "num_experts_per_tok": 1, "sliding_window": 7},
        ),
        sinks=True,
    ),
)
