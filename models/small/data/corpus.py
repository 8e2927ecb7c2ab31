"""Readers of the training text: from public files to documents of words and mentions.

Document
├── words : Word, ...       with characters, part of speech and syntactic parent
├── sentences               ranges of words
└── mentions                ranges of words that name an entity, or None: not annotated

CoNLL-U is read as universaldependencies.org/format describes it, GUM's coreference as its
`# global.Entity` header orders it, LitBank's as CoNLL-2012 brackets. Texts that come as
tokens get their white space back, so that a tokenizer sees what a person would type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import regex

from headlight.models.core.errors import CorpusError
from headlight.models.small.data.spacing import Spacing, between_sentences

SOURCES = {
    "gum": "https://github.com/amir-zeldes/gum",
    "ewt": "https://github.com/UniversalDependencies/UD_English-EWT",
    "litbank-coref": "https://github.com/dbamman/litbank",
    "novels": "https://github.com/dbamman/litbank",
    "pud-en": "https://github.com/UniversalDependencies/UD_English-PUD",
    "pud-zh": "https://github.com/UniversalDependencies/UD_Chinese-PUD",
    "gsdsimp": "https://github.com/UniversalDependencies/UD_Chinese-GSDSimp",
    "tatoeba": "https://tatoeba.org/en/downloads",
}
"""Where each corpus comes from, by what the name of its file or folder starts with."""

LITBANK_TYPES = frozenset({"person", "place", "facility", "vehicle", "organization"})


@dataclass(frozen=True, slots=True)
class Word:
    """One syntactic word; the n't of don't is one.

    `start` and `end` count characters of the document's text; words of one contraction
    whose forms do not spell it share all its characters. `tag` is a universal part of
    speech. `head` is the index in the document of the syntactic parent, the word's own
    index for the root of a sentence. Both are None where nobody annotated them.
    """

    text: str
    start: int
    end: int
    tag: str | None
    head: int | None


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `start` (inclusive) to `end` (exclusive) of a document, which name `entity`."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what people annotated in it.

    `sentences` are ranges of words that partition them in order. `mentions` are sorted by
    start, then longest first, and may nest; None where coreference was not annotated.
    `annotated_for` names the only types of entity whose mentions are annotated, so that a
    word in no mention may still refer to something of another type; None: all types.
    """

    name: str
    text: str
    words: tuple[Word, ...]
    sentences: tuple[tuple[int, int], ...]
    mentions: tuple[Mention, ...] | None
    annotated_for: frozenset[str] | None = None


def each_sentence(documents: Iterable[Document]) -> Iterator[tuple[Document, int, int]]:
    """Every sentence: its document, and the range of its words."""
    for document in documents:
        for start, end in document.sentences:
            yield document, start, end


def read_conllu(path: Path) -> list[Document]:
    """The documents of a CoNLL-U file: one at each `# newdoc`, or else one a sentence.

    Empty nodes (8.1) are left out. Raises CorpusError.
    """
    documents: list[_Draft] = []
    order: list[str] | None = None
    for comments, rows in _blocks(path):
        named = {name: value for name, _, value in (line.partition(" = ") for line in comments)}
        newdoc = next((name for name in named if name.startswith("newdoc")), None)
        grouped = newdoc is not None or (documents and documents[-1].grouped)
        if "global.Entity" in named:
            order = named["global.Entity"].split("-")
        if newdoc is not None or not grouped:
            title = named.get(newdoc or "sent_id") or f"{path.stem}-{len(documents) + 1}"
            documents.append(_Draft(title, path, grouped=bool(grouped)))
        draft = documents[-1]
        draft.coreference = draft.coreference or order is not None
        _read_sentence(draft, rows, order)
    return [draft.document() for draft in documents]


def read_litbank(folder: Path) -> list[Document]:
    """LitBank's documents, one a file, in order of name: words, sentences and coreference.

    A document is named as its novel is (`1342_pride_and_prejudice`). Raises CorpusError.
    """
    paths = sorted(_present(folder).glob("*.conll"))
    if not paths:
        raise CorpusError(f"{folder} holds no .conll file; {_where(folder)}")
    return [_read_litbank_file(path) for path in paths]


def read_novels(folder: Path) -> list[str]:
    """Whole novels, in order of name: a paragraph a line, one space between words.

    What Project Gutenberg adds around a text is left off. Raises CorpusError.
    """
    paths = sorted(_present(folder).glob("*.txt"))
    if not paths:
        raise CorpusError(f"{folder} holds no .txt file; {_where(folder)}")
    return [_novel(_read(path)) for path in paths]


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """A sentence and its translation a line, parted by a tab. Raises CorpusError."""
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        fields = line.split("\t")
        if len(fields) != 2 or not all(part.strip() for part in fields):
            raise CorpusError(f"line {number} of {path} is not two sentences parted by a tab")
        pairs.append((fields[0].strip(), fields[1].strip()))
    return pairs


@dataclass(slots=True)
class _Draft:
    """A document while it is read."""

    name: str
    path: Path
    grouped: bool = True
    coreference: bool = False
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    words: list[Word] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    opened: dict[str, list[int]] = field(default_factory=dict)

    def add_text(self, text: str) -> int:
        """Appends to the text; where what was appended starts."""
        self.pieces.append(text)
        self.length += len(text)
        return self.length - len(text)

    def open(self, entity: str) -> None:
        """A mention starts at the last word."""
        self.opened.setdefault(entity, []).append(len(self.words) - 1)

    def close(self, entity: str) -> None:
        """The mention of that entity which was opened last ends with the last word."""
        if not self.opened.get(entity):
            raise CorpusError(f"{self.path}: {self.name} closes entity {entity}, which is not open")
        self.mentions.append(Mention(entity, self.opened[entity].pop(), len(self.words)))

    def document(self, annotated_for: frozenset[str] | None = None) -> Document:
        still_open = [entity for entity, starts in self.opened.items() if starts]
        if still_open:
            raise CorpusError(f"{self.path}: {self.name} never closes entity {still_open[0]}")
        mentions = sorted(self.mentions, key=lambda mention: (mention.start, -mention.end))
        return Document(
            name=self.name,
            text="".join(self.pieces),
            words=tuple(self.words),
            sentences=tuple(self.sentences),
            mentions=tuple(mentions) if self.coreference else None,
            annotated_for=annotated_for,
        )


def _blocks(path: Path) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Comments (without their #) and rows of ten columns, sentence by sentence."""
    comments: list[str] = []
    rows: list[list[str]] = []
    for number, line in enumerate([*_read(path).split("\n"), ""], 1):
        if line.startswith("#"):
            comments.append(line[1:].strip())
        elif line.strip():
            columns = line.rstrip("\r").split("\t")
            if len(columns) != 10:
                raise CorpusError(f"line {number} of {path} has {len(columns)} columns, not 10")
            rows.append(columns)
        elif rows:
            yield comments, rows
            comments, rows = [], []


def _read_sentence(draft: _Draft, rows: list[list[str]], order: list[str] | None) -> None:
    """Appends one sentence: its text, its words, and the mentions that its brackets mark."""
    rows = [row for row in rows if "." not in row[0]]
    first = len(draft.words)
    gap = between_sentences(draft.pieces[-1], rows[0][1]) if draft.pieces else ""
    at = 0
    while at < len(rows):
        surface = rows[at]
        inside = [surface]
        if "-" in surface[0]:
            low, high = (int(number) for number in surface[0].split("-"))
            inside = rows[at + 1 : at + 2 + high - low]
            at += 1
        at += len(inside)
        start = draft.add_text(gap + surface[1]) + len(gap)
        gap = "" if "SpaceAfter=No" in surface[9].split("|") else " "
        shares = _shares(surface[1], [row[1] for row in inside])
        for row, (low, high) in zip(inside, shares, strict=True):
            draft.words.append(_word(row, start + low, start + high, first))
            if order is not None:
                _read_brackets(draft, row[9], order)
    draft.sentences.append((first, len(draft.words)))


def _shares(surface: str, forms: list[str]) -> list[tuple[int, int]]:
    """Which characters of a contraction each of its words takes."""
    if "".join(forms) != surface:
        return [(0, len(surface))] * len(forms)
    ends = [0]
    for form in forms:
        ends.append(ends[-1] + len(form))
    return list(pairwise(ends))


def _word(row: list[str], start: int, end: int, first: int) -> Word:
    """A row as a word; `first` is the index of the sentence's first word."""
    own = first + int(row[0]) - 1
    head = None if row[6] == "_" else own if row[6] == "0" else first + int(row[6]) - 1
    return Word(row[1], start, end, None if row[3] == "_" else row[3], head)


_BRACKET = regex.compile(r"\((?P<opens>[^()]+)(?P<at_once>\))?|(?P<closes>[^()]+)\)")
_PART = regex.compile(r"\[\d+/\d+\]$")


def _read_brackets(draft: _Draft, misc: str, order: list[str]) -> None:
    """Mentions that open or close at the last word, from GUM's `Entity=` in the MISC column.

    Parts of a discontinuous mention, `(12[1/2]-person`, are mentions of one entity each.
    """
    column = order.index("GRP")
    for value in misc.split("|"):
        if not value.startswith("Entity="):
            continue
        for bracket in _BRACKET.finditer(value.removeprefix("Entity=")):
            given = bracket["opens"].split("-")[column] if bracket["opens"] else bracket["closes"]
            entity = _PART.sub("", given)
            if bracket["opens"]:
                draft.open(entity)
            if bracket["closes"] or bracket["at_once"]:
                draft.close(entity)


def _read_litbank_file(path: Path) -> Document:
    draft = _Draft(path.stem.removesuffix("_brat"), path, coreference=True)
    spacing = Spacing()
    first = 0
    for line in [*_read(path).split("\n"), ""]:
        columns = line.rstrip("\r\n").split("\t")
        if line.startswith("#") and len(columns) == 1:
            continue
        if len(columns) == 1:
            if len(draft.words) > first:
                draft.sentences.append((first, len(draft.words)))
                first = len(draft.words)
            continue
        form, brackets = columns[3], columns[12]
        gap = spacing.before(form)
        start = draft.add_text(gap + form) + len(gap)
        draft.words.append(Word(form, start, start + len(form), None, None))
        for bracket in filter(None, brackets.strip("_ ").split("|")):
            entity = bracket.strip("()")
            if bracket.startswith("("):
                draft.open(entity)
            if bracket.endswith(")"):
                draft.close(entity)
    return draft.document(LITBANK_TYPES)


_BOILERPLATE = regex.compile(r"^\*\*\* ?(START|END) OF [^\n]*$", regex.MULTILINE)


def _novel(text: str) -> str:
    start, end = 0, len(text)
    for mark in _BOILERPLATE.finditer(text):
        if mark[1] == "START":
            start = mark.end()
        else:
            end = min(end, mark.start())
    paragraphs = (" ".join(part.split()) for part in regex.split(r"\n\s*\n", text[start:end]))
    return "\n".join(filter(None, paragraphs))


def _read(path: Path) -> str:
    try:
        return _present(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 text: {error.reason}") from error


def _present(path: Path) -> Path:
    if not path.exists():
        raise CorpusError(f"{path} is missing; {_where(path)}")
    return path


def _where(path: Path) -> str:
    source = next((url for name, url in SOURCES.items() if path.name.startswith(name)), None)
    return f"it comes from {source}" if source else f"corpora come from {', '.join(SOURCES)}"
