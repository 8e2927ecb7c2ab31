"""The tokenizer of a folder, if it is really there and fits the model's embeddings."""

from __future__ import annotations

from pathlib import Path

from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedTokenizerBase

from headlight.models.core.errors import UnsupportedModel, first_line
from headlight.models.core.messages import Message

FILES = ("tokenizer.json",)
PIECES = ("spiece.model", "sentencepiece.bpe.model", "tokenizer.model")
SAVE = Message(
    "Save the model's own tokenizer into its folder with tokenizer.save_pretrained(folder)."
)


def load_tokenizer(name: str, folder: Path, config: PreTrainedConfig) -> PreTrainedTokenizerBase:
    """Runs no code of the folder's. Raises UnsupportedModel.

    Where its files are missing the library gives a tokenizer of nothing but special tokens, for
    which every word is unknown: such a one is refused.
    """
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, config=config, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # whatever a foreign tokenizer makes the library raise
        if _has(folder, PIECES) and not _has(folder, FILES):
            raise UnsupportedModel(
                Message(
                    "the tokenizer of {name} is a SentencePiece model alone, without the "
                    "tokenizer.json that tells which characters a token stands for",
                    name=name,
                ),
                remedy=Message(
                    "Where the package protobuf is installed, "
                    "AutoTokenizer.from_pretrained(folder).save_pretrained(folder) writes it."
                ),
            ) from error
        raise UnsupportedModel(
            Message(
                "the tokenizer of {name} cannot be read ({error})",
                name=name,
                error=first_line(error),
            ),
            remedy=SAVE,
        ) from error
    known = (*FILES, *tokenizer.vocab_files_names.values())
    if not _has(folder, known):
        raise UnsupportedModel(
            Message(
                "the folder of {name} holds no tokenizer: none of {known}",
                name=name,
                known=", ".join(dict.fromkeys(known)),
            ),
            remedy=SAVE,
        )
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise UnsupportedModel(
            Message(
                "the tokenizer of {name} knows nothing but {count} special tokens",
                name=name,
                count=len(tokenizer),
            ),
            remedy=SAVE,
        )
    return tokenizer


def check_fits(name: str, tokenizer: PreTrainedTokenizerBase, rows: int) -> None:
    """Raises UnsupportedModel where an entry of the tokenizer has no row among the embeddings."""
    ids = tokenizer.get_vocab().values()
    most = max(ids, default=0) + 1
    if most > rows:
        raise UnsupportedModel(
            Message(
                "the tokenizer of {name} has {most} entries, its embeddings have {rows} rows: "
                "tokens that were added have no vector",
                name=name,
                most=f"{most:,}",
                rows=f"{rows:,}",
            ),
            remedy=Message(
                "Call model.resize_token_embeddings(len(tokenizer)), train the new rows, and "
                "save the model again."
            ),
        )


def _has(folder: Path, names: tuple[str, ...]) -> bool:
    return any((folder / name).is_file() for name in names)
