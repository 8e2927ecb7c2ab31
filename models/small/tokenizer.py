"""The small model's own WordPiece: English in lower case, Chinese by character."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNK, CLS, SEP, MASK = range(len(SPECIAL))


def train_tokenizer(texts: Iterable[str], vocabulary: int, alphabet: int) -> Tokenizer:
    """A WordPiece of at most `vocabulary` pieces, made of the `alphabet` most frequent characters.

    Every text is read as [CLS] text [SEP]; offsets count the characters that were typed. The
    same texts give the same tokenizer.
    """
    listed = list(texts)
    learner = _reader({})
    characters, inner = _characters(learner, listed)
    kept = sorted(sorted(characters), key=lambda c: -characters[c])[:alphabet]
    # The trainer numbers the characters in the order of a hash table, and those numbers break
    # its ties: told beforehand, as "special" ones, they are the same every time.
    told = [f"##{character}" for character in sorted(inner & set(kept))]
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary,
        limit_alphabet=len(kept),
        initial_alphabet=kept,
        special_tokens=[*SPECIAL, *told],
        show_progress=False,
    )
    learner.train_from_iterator(listed, trainer)
    tokenizer = _reader(learner.get_vocab())
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)],
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _reader(pieces: dict[str, int]) -> Tokenizer:
    """What cuts a text into words, and words into those pieces."""
    model = models.WordPiece(vocab=pieces, unk_token="[UNK]", max_input_chars_per_word=100)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _characters(reader: Tokenizer, texts: Iterable[str]) -> tuple[Counter[str], set[str]]:
    """How often each character stands in a word, and which stand after its first."""
    words: Counter[str] = Counter()
    for text in texts:
        cut = reader.pre_tokenizer.pre_tokenize_str(reader.normalizer.normalize_str(text))
        words.update(word for word, _ in cut)
    characters: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    return characters, {character for word in words for character in word[1:]}
