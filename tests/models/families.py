"""A tiny random model of every family that capture is promised for.

Sizes are distinct primes where the architecture allows it (7 tokens, 5 target tokens, 3
heads of 11, 2 encoder and 3 decoder layers), so that a swapped axis fails. Rotary positions
need an even d_head (14). Weights are drawn far wider than a fresh model's, so that patterns
are sharp and unlike each other. The last token of every text is padding, and hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
import transformers
from transformers import PreTrainedModel

TOKENS, TARGET_TOKENS = 7, 5
ENCODER_LAYERS, DECODER_LAYERS = 2, 3
HEADS, D_HEAD, EVEN_D_HEAD = 3, 11, 14

TEXT = {
    "input_ids": torch.tensor([[5, 7, 11, 13, 17, 19, 23]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 1, 1, 0]]),
}
TEXT_AND_TARGET = {**TEXT, "decoder_input_ids": torch.tensor([[3, 9, 4, 8, 6]])}
PICTURE = {"pixel_values": torch.linspace(-2, 2, 300).sin().reshape(1, 3, 10, 10)}
SOUND = {
    "input_features": torch.linspace(-9, 9, 176).sin().reshape(1, 8, 22),
    "decoder_input_ids": TEXT_AND_TARGET["decoder_input_ids"],
}
WAVE = {"input_values": torch.linspace(-9, 9, 55).sin().reshape(1, 55)}


@dataclass(frozen=True, eq=False)
class Family:
    """`arguments` make the config of `name`; `kinds` counts the layers that a run must show."""

    name: str
    arguments: dict[str, Any]
    kinds: dict[str, int]
    inputs: dict[str, Any] = field(default_factory=lambda: TEXT)
    d_head: int = D_HEAD
    heads: int = HEADS
    key_heads: int = HEADS
    biased: tuple[str, ...] = ()
    projected: bool = True

    def __str__(self) -> str:
        return self.name

    def build(self) -> PreTrainedModel:
        """The same random model at every call, with eager attention."""
        config = getattr(transformers, f"{self.name}Config")(**self.arguments)
        with torch.random.fork_rng():
            torch.manual_seed(1)
            model_class = getattr(transformers, f"{self.name}Model")
            model = model_class._from_config(config, attn_implementation="eager").eval()
            for weight in model.parameters():
                weight.data.normal_(0, 0.3 if weight.dim() > 1 else 0.1)
        return model


BERT_LIKE = {
    "vocab_size": 101,
    "hidden_size": HEADS * D_HEAD,
    "num_hidden_layers": ENCODER_LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": 37,
    "max_position_embeddings": 53,
}
EVEN = {**BERT_LIKE, "hidden_size": HEADS * EVEN_D_HEAD}
GROUPED = {
    **BERT_LIKE,
    "hidden_size": 6 * EVEN_D_HEAD,
    "head_dim": EVEN_D_HEAD,
    "num_attention_heads": 6,
    "num_key_value_heads": 3,
}
GPT_LIKE = {
    "vocab_size": 101,
    "n_embd": HEADS * D_HEAD,
    "n_layer": ENCODER_LAYERS,
    "n_head": HEADS,
    "n_positions": 53,
}
XLM_LIKE = {
    "vocab_size": 101,
    "emb_dim": HEADS * D_HEAD,
    "n_layers": ENCODER_LAYERS,
    "n_heads": HEADS,
    "max_position_embeddings": 53,
}
T5_LIKE = {
    "vocab_size": 101,
    "d_model": 31,
    "d_kv": D_HEAD,
    "d_ff": 37,
    "num_layers": ENCODER_LAYERS,
    "num_decoder_layers": DECODER_LAYERS,
    "num_heads": HEADS,
}
BART_LIKE = {
    "vocab_size": 101,
    "d_model": HEADS * D_HEAD,
    "encoder_layers": ENCODER_LAYERS,
    "decoder_layers": DECODER_LAYERS,
    "encoder_attention_heads": HEADS,
    "decoder_attention_heads": HEADS,
    "encoder_ffn_dim": 37,
    "decoder_ffn_dim": 41,
    "max_position_embeddings": 53,
}
VIT_LIKE = {
    "hidden_size": HEADS * D_HEAD,
    "num_hidden_layers": ENCODER_LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": 37,
    "image_size": 10,
    "patch_size": 5,
}

ENCODER = {"encoder": ENCODER_LAYERS}
DECODER = {"decoder": ENCODER_LAYERS}
THREE = {"encoder": ENCODER_LAYERS, "decoder": DECODER_LAYERS, "cross": DECODER_LAYERS}


def grouped(name: str, **more: Any) -> Family:
    arguments = {**GROUPED, **more}
    return Family(name, arguments, DECODER, d_head=EVEN_D_HEAD, heads=6, key_heads=3)


# Families that go through transformers' attention interface.
SERVED = (
    Family("Bert", BERT_LIKE, ENCODER),
    Family("Roberta", BERT_LIKE, ENCODER),
    Family(
        "DistilBert",
        {
            "vocab_size": 101,
            "dim": HEADS * D_HEAD,
            "n_layers": ENCODER_LAYERS,
            "n_heads": HEADS,
            "hidden_dim": 37,
            "max_position_embeddings": 53,
        },
        ENCODER,
    ),
    Family("Albert", {**BERT_LIKE, "embedding_size": 13}, ENCODER),
    Family("Electra", {**BERT_LIKE, "embedding_size": 13}, ENCODER),
    Family(
        "ModernBert",
        {**EVEN, "local_attention": 4, "global_attn_every_n_layers": 2, "pad_token_id": 0},
        ENCODER,
        d_head=EVEN_D_HEAD,
    ),
    Family("GPT2", GPT_LIKE, DECODER),
    Family("GPTNeoX", EVEN, DECODER, d_head=EVEN_D_HEAD),
    Family(
        "OPT",
        {
            "vocab_size": 101,
            "hidden_size": HEADS * D_HEAD,
            "num_hidden_layers": ENCODER_LAYERS,
            "num_attention_heads": HEADS,
            "ffn_dim": 37,
            "max_position_embeddings": 53,
            "word_embed_proj_dim": HEADS * D_HEAD,
        },
        DECODER,
    ),
    grouped("Llama"),
    grouped("Mistral", sliding_window=3),
    grouped("Qwen3"),
    grouped("Gemma2", attn_logit_softcapping=0.5, sliding_window=3),
    grouped(
        "GptOss",
        intermediate_size=52,
        num_local_experts=2,
        num_experts_per_tok=1,
        sliding_window=3,
    ),
    Family("T5", T5_LIKE, THREE, TEXT_AND_TARGET, biased=("encoder", "decoder")),
    Family("Bart", BART_LIKE, THREE, TEXT_AND_TARGET),
    Family(
        "Marian",
        {**BART_LIKE, "d_model": 66, "pad_token_id": 1, "decoder_start_token_id": 1},
        THREE,
        TEXT_AND_TARGET,
        d_head=22,
    ),
    Family(
        "Whisper",
        {
            **{key: size for key, size in BART_LIKE.items() if key != "max_position_embeddings"},
            "d_model": 66,
            "num_mel_bins": 8,
            "max_source_positions": 11,
            "max_target_positions": 23,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "decoder_start_token_id": 1,
        },
        THREE,
        SOUND,
        d_head=22,
    ),
    Family("ViT", VIT_LIKE, ENCODER, PICTURE),
    Family(
        "Beit",
        {**VIT_LIKE, "use_relative_position_bias": True},
        ENCODER,
        PICTURE,
        biased=("encoder",),
    ),
    Family(
        "Wav2Vec2",
        {
            "hidden_size": HEADS * D_HEAD,
            "num_hidden_layers": ENCODER_LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": 37,
            "conv_dim": [13],
            "conv_stride": [5],
            "conv_kernel": [5],
            "num_feat_extract_layers": 1,
            "num_conv_pos_embeddings": 4,
            "num_conv_pos_embedding_groups": 3,
        },
        ENCODER,
        WAVE,
    ),
)

DISENTANGLED = {
    **BERT_LIKE,
    "relative_attention": True,
    "pos_att_type": ["c2p", "p2c"],
    "max_relative_positions": 17,
}
FALCON = {
    "vocab_size": 101,
    "hidden_size": HEADS * EVEN_D_HEAD,
    "num_hidden_layers": ENCODER_LAYERS,
    "num_attention_heads": HEADS,
}

# Families that compute attention in their own code.
TAPPED = (
    Family("Deberta", DISENTANGLED, ENCODER, biased=("encoder",)),
    Family("DebertaV2", DISENTANGLED, ENCODER, biased=("encoder",)),
    Family("MPNet", BERT_LIKE, ENCODER, biased=("encoder",)),
    Family(
        "XLNet",
        {
            "vocab_size": 101,
            "d_model": HEADS * EVEN_D_HEAD,
            "n_layer": ENCODER_LAYERS,
            "n_head": HEADS,
            "d_inner": 37,
        },
        ENCODER,
        d_head=EVEN_D_HEAD,
        biased=("encoder",),
        projected=False,
    ),
    Family(
        "Bloom",
        {
            "vocab_size": 101,
            "hidden_size": HEADS * D_HEAD,
            "n_layer": ENCODER_LAYERS,
            "n_head": HEADS,
        },
        DECODER,
        biased=("decoder",),
    ),
    Family("Falcon", FALCON, DECODER, d_head=EVEN_D_HEAD, key_heads=1),
    Family(
        "Falcon",
        {**FALCON, "alibi": True, "parallel_attn": False},
        DECODER,
        d_head=EVEN_D_HEAD,
        key_heads=1,
        biased=("decoder",),
    ),
    Family("GPTJ", {**GPT_LIKE, "n_embd": 66, "rotary_dim": 10}, DECODER, d_head=22),
    Family(
        "GPTNeo",
        {
            "vocab_size": 101,
            "hidden_size": HEADS * D_HEAD,
            "num_layers": ENCODER_LAYERS,
            "num_heads": HEADS,
            "attention_types": [[["global", "local"], 1]],
            "max_position_embeddings": 53,
            "window_size": 3,
        },
        DECODER,
    ),
    Family("RoFormer", {**EVEN, "embedding_size": 3 * EVEN_D_HEAD}, ENCODER, d_head=EVEN_D_HEAD),
    Family("MegatronBert", BERT_LIKE, ENCODER),
    Family(
        "RemBert",
        {**BERT_LIKE, "input_embedding_size": 13, "output_embedding_size": 17},
        ENCODER,
    ),
    Family("XLM", XLM_LIKE, ENCODER),
    Family("OpenAIGPT", GPT_LIKE, DECODER),
    Family(
        "FSMT",
        {**BART_LIKE, "langs": ["de", "en"], "src_vocab_size": 101, "tgt_vocab_size": 103},
        THREE,
        {**TEXT_AND_TARGET, "use_cache": False},  # with a cache it forgets its causal mask
    ),
)

# Families whose heads are not one softmax over all tokens that a query may see.
REFUSED = (
    Family("Longformer", {**BERT_LIKE, "attention_window": 4}, {}),
    Family(
        "LED",
        {
            **{key: size for key, size in BART_LIKE.items() if key != "max_position_embeddings"},
            "attention_window": 4,
            "max_encoder_position_embeddings": 53,
            "max_decoder_position_embeddings": 59,
        },
        {},
        TEXT_AND_TARGET,
    ),
    Family("LongT5", {**T5_LIKE, "local_radius": 3}, {}, TEXT_AND_TARGET),
    Family(
        "Reformer",
        {
            "vocab_size": 101,
            "hidden_size": 32,
            "num_attention_heads": 2,
            "attention_head_size": 16,
            "feed_forward_size": 37,
            "attn_layers": ["local", "lsh"],
            "axial_pos_shape": [2, 4],
            "axial_pos_embds_dim": [16, 16],
            "max_position_embeddings": 8,
            "is_decoder": False,
            "num_buckets": 2,
            "local_attn_chunk_length": 4,
            "lsh_attn_chunk_length": 4,
            "hash_seed": 0,
        },
        {},
    ),
    Family(
        "Funnel",
        {
            "vocab_size": 101,
            "block_sizes": [1, 1],
            "num_decoder_layers": 1,
            "d_model": HEADS * EVEN_D_HEAD,
            "n_head": HEADS,
            "d_head": EVEN_D_HEAD,
            "d_inner": 37,
        },
        {},
    ),
    Family(
        "FNet",
        {
            "vocab_size": 101,
            "hidden_size": 33,
            "num_hidden_layers": ENCODER_LAYERS,
            "intermediate_size": 37,
        },
        {},
    ),
    Family("Nystromformer", BERT_LIKE, {}),
)


@cache
def own_output(family: Family) -> Any:
    """The model's own eager run, with nothing of ours in it: the oracle."""
    with torch.inference_mode():
        return family.build()(**family.inputs, output_attentions=True)
