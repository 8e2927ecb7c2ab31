"""What papers state about heads: in plain words, with the paper's own figure, and our rule.

Every figure here is the paper's, for the paper's own model and text. Where a paper gives
none, its words stand. A rule says when the model here agrees: it is ours where the paper
has no threshold, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headlight.models.core.messages import Message
from headlight.models.experiments.claims.sentences import Relation

StatementId = Literal[
    "previous",
    "next",
    "positional",
    "broad",
    "separator",
    "norms",
    "determiner",
    "object",
    "possessive",
    "antecedent",
]

MOST = 0.5
"""Clark et al. 2019 count heads that give over half of their attention to a neighbour."""
POSITIONAL = 0.9
"""Voita et al. 2019: at least 90 % of the time the largest weight is at one offset."""
MARGIN = 0.1
"""Voita et al. 2019: a syntactic head beats the best fixed offset by 10 points."""
BROAD = 0.1
"""Clark et al. 2019: broad heads give at most 10 % to any one word."""
SMALL = 0.5
"""Ours, for Kobayashi et al. 2020, who name no threshold."""
MIDDLE = (5 / 12, 10 / 12)
"""Layers 6 to 10 of 12, as shares of the depth."""


@dataclass(frozen=True, slots=True)
class Paper:
    authors: str
    year: int
    title: str
    url: str


CLARK = Paper(
    "Clark, Khandelwal, Levy and Manning",
    2019,
    "What Does BERT Look At? An Analysis of BERT’s Attention",
    "https://aclanthology.org/W19-4828/",
)
VOITA = Paper(
    "Voita, Talbot, Moiseev, Sennrich and Titov",
    2019,
    "Analyzing Multi-Head Self-Attention: Specialized Heads Do the Heavy Lifting, "
    "the Rest Can Be Pruned",
    "https://aclanthology.org/P19-1580/",
)
KOBAYASHI = Paper(
    "Kobayashi, Kuribayashi, Yokoi and Inui",
    2020,
    "Attention is Not Only a Weight: Analyzing Transformers with Vector Norms",
    "https://aclanthology.org/2020.emnlp-main.574/",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One published statement.

    figure      the paper's figure with its own layer and head numbers, from 1, or its words
    figure_value, figure_baseline   the same as shares, 0..1, where they measure what is measured
                here; else None
    where       place in the paper
    of          the paper's model and text
    relation    the links that it is measured on, or None
    """

    id: StatementId
    title: str
    definition: str
    rule: str
    paper: Paper
    where: str
    of: str
    figure: str
    figure_value: float | None = None
    figure_baseline: float | None = None
    relation: Relation | None = None

    @property
    def scale(self) -> Literal["share", "ratio"]:
        """What a value of it is: 0..1, or a ratio, 0 or more."""
        return "ratio" if self.id == "norms" else "share"


BERT = Message("BERT-base, uncased, on Wikipedia")
BERT_WSJ = Message("BERT-base, uncased, on the Wall Street Journal")
SYNTAX = Message(
    "Agrees if the best head is right at least 10 points more often than the best fixed offset: "
    "Voita et al.’s rule for a syntactic head."
)


def _follows(query: Message, key: Message) -> Message:
    return Message(
        "How often {query} gives more to {key} than to any other word of the sentence. Special "
        "tokens are left out. The best head counts.",
        query=query,
        key=key,
    )


STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "previous",
        Message("Some heads look at the previous token."),
        Message(
            "Share of a word’s attention that goes to the token right before it, averaged over all "
            "words. The best head counts."
        ),
        Message("Agrees if the best head gives half or more."),
        CLARK,
        Message("section 3.1"),
        BERT,
        Message("Four heads give more than 50 % to the previous token, in layers 2, 4, 7 and 8."),
    ),
    Statement(
        "next",
        Message("Some heads look at the next token."),
        Message(
            "Share of a word’s attention that goes to the token right after it, averaged over all "
            "words. The best head counts."
        ),
        Message("Agrees if the best head gives half or more."),
        CLARK,
        Message("section 3.1"),
        BERT,
        Message("Five heads give more than 50 % to the next token, in layers 1, 2, 2, 3 and 6."),
    ),
    Statement(
        "positional",
        Message("Positional heads point to a neighbour almost every time."),
        Message(
            "How often a word’s strongest link is the token right before it, or, in another head, "
            "the one right after it. The best head counts."
        ),
        Message(
            "Agrees if the best head does so at least 90 % of the time: Voita et al.’s definition."
        ),
        VOITA,
        Message("section 5.1"),
        Message("the encoders of translation models"),
        Message(
            "A head is called positional from 90 % on. The paper finds such heads in the encoder "
            "of every language pair it studies."
        ),
    ),
    Statement(
        "broad",
        Message("In low layers, some heads look broadly at everything."),
        Message(
            "The largest share that a word gives to any one token, averaged over all words, in "
            "texts of six sentences. The broadest head of the lower half of the layers counts."
        ),
        Message("Agrees if that share is at most 10 %."),
        CLARK,
        Message("section 3.3"),
        BERT,
        Message(
            "Heads of high entropy, in lower layers above all, spend at most 10 % on any "
            "single word."
        ),
    ),
    Statement(
        "separator",
        Message("In the middle layers, most attention goes to [SEP]."),
        Message(
            "Share of a word’s attention that goes to the separator at the end of the text, "
            "averaged over all words and all heads of the layers at 5/12 to 10/12 of the depth."
        ),
        Message("Agrees if it is half or more."),
        CLARK,
        Message("section 3.2"),
        BERT,
        Message("Over half of the attention in layers 6 to 10 of 12 goes to [SEP]."),
    ),
    Statement(
        "norms",
        Message("What [SEP] gets in attention it does not give in content."),
        Message(
            "In the same layers: the separator’s share when each weight is multiplied by the "
            "length of the vector that it carries, divided by its share of the plain weights."
        ),
        Message(
            "Agrees if the share shrinks to half or less. The threshold is ours; the paper names "
            "none."
        ),
        KOBAYASHI,
        Message("abstract"),
        Message("BERT"),
        Message(
            "In words: contrary to previous studies, BERT pays poor attention to special tokens "
            "once the length of what is attended to is counted."
        ),
    ),
    Statement(
        "determiner",
        Message("A head links each determiner to its noun."),
        _follows(Message("a determiner"), Message("its noun")),
        SYNTAX,
        CLARK,
        Message("section 4.2, table 1"),
        BERT_WSJ,
        Message("Head 8-11: 94.3 %. The best fixed offset: 51.7 %."),
        0.943,
        0.517,
        "det",
    ),
    Statement(
        "object",
        Message("A head links each direct object to its verb."),
        _follows(Message("a direct object"), Message("its verb")),
        SYNTAX,
        CLARK,
        Message("section 4.2, table 1"),
        BERT_WSJ,
        Message("Head 8-10: 86.8 %. The best fixed offset: 40.0 %."),
        0.868,
        0.4,
        "dobj",
    ),
    Statement(
        "possessive",
        Message("A head links each possessive to its noun."),
        _follows(Message("a possessive pronoun"), Message("the noun it goes with")),
        SYNTAX,
        CLARK,
        Message("section 4.2, table 1"),
        BERT_WSJ,
        Message("Head 7-6: 80.5 %. The best fixed offset: 47.7 %."),
        0.805,
        0.477,
        "poss",
    ),
    Statement(
        "antecedent",
        Message("A head links mentions to what they refer to."),
        _follows(Message("a pronoun"), Message("the word it stands for")),
        Message(
            "Agrees if the best head is right at least 10 points more often than the best fixed "
            "offset. The margin is Voita et al.’s, for syntax; for this statement its use is ours."
        ),
        CLARK,
        Message("section 4.3, table 2"),
        Message("BERT-base, uncased, on CoNLL-2012"),
        Message(
            "Head 5-4: 65 % of all mentions, 64 % of pronouns. The nearest mention: 27 % and 29 %."
        ),
        0.64,
        0.29,
        "coref",
    ),
)
