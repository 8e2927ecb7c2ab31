"""Public files, read to documents: by hand on small ones, by their counts on the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from headlight.models.core.errors import CorpusError
from headlight.models.small.data.corpus import (
    Document,
    Mention,
    Word,
    read_conllu,
    read_litbank,
    read_novels,
    read_pairs,
)

HEADER = "# global.Entity = GRP-etype-infstat\n"


def row(number: str, form: str, tag: str = "_", head: str = "_", misc: str = "_") -> str:
    return "\t".join([number, form, "_", tag, "_", "_", head, "_", "_", misc])


def sentence(*rows: str) -> str:
    return "\n".join(rows) + "\n\n"


def conllu(folder: Path, text: str) -> list[Document]:
    path = folder / "small.conllu"
    path.write_text(text, encoding="utf-8")
    return read_conllu(path)


def marked(folder: Path, *brackets: str) -> tuple[Mention, ...] | None:
    """The mentions that such `Entity=` brackets, one a word, mark."""
    rows = [row(str(n), "w", misc=f"Entity={b}" if b else "_") for n, b in enumerate(brackets, 1)]
    return conllu(folder, "# newdoc id = d\n" + HEADER + sentence(*rows))[0].mentions


def litbank(folder: Path, *words: tuple[str, str]) -> Document:
    """A document of one sentence, from forms and brackets."""
    rows = [
        "\t".join(["7_x_brat", "0", str(n), form, *"________", brackets])
        for n, (form, brackets) in enumerate(words)
    ]
    text = "#begin document (7_x_brat); part 0\n" + "\n".join(rows) + "\n\n#end document\n"
    (folder / "7_x_brat.conll").write_text(text, encoding="utf-8")
    return read_litbank(folder)[0]


def test_words_hold_their_characters_and_heads_count_from_the_documents_start(
    tmp_path: Path,
) -> None:
    text = (
        "# newdoc id = d1\n"
        + sentence(row("1", "Go", "VERB", "0", "SpaceAfter=No"), row("2", ".", "PUNCT", "1"))
        + sentence(row("1", "She", "PRON", "2"), row("2", "went", "VERB", "0"))
    )
    (document,) = conllu(tmp_path, text)
    assert document == Document(
        name="d1",
        text="Go. She went",
        words=(
            Word("Go", 0, 2, "VERB", 0),
            Word(".", 2, 3, "PUNCT", 0),
            Word("She", 4, 7, "PRON", 3),
            Word("went", 8, 12, "VERB", 3),
        ),
        sentences=((0, 2), (2, 4)),
        mentions=None,
    )


def test_a_contraction_gives_each_word_its_share(tmp_path: Path) -> None:
    rows = (
        row("1-2", "don't", misc="SpaceAfter=No"),
        row("1", "do", "AUX", "0"),
        row("2", "n't", "PART", "1"),
        row("3", "!", "PUNCT", "1"),
    )
    (document,) = conllu(tmp_path, "# newdoc\n" + sentence(*rows))
    assert document.text == "don't!"
    assert [(w.text, w.start, w.end) for w in document.words] == [
        ("do", 0, 2),
        ("n't", 2, 5),
        ("!", 5, 6),
    ]


def test_words_that_do_not_spell_their_contraction_share_all_of_it(tmp_path: Path) -> None:
    rows = (row("1-2", "du"), row("1", "de"), row("2", "le"), row("3", "vin"))
    (document,) = conllu(tmp_path, sentence(*rows))
    assert [(w.start, w.end) for w in document.words] == [(0, 2), (0, 2), (3, 6)]


def test_empty_nodes_are_no_words(tmp_path: Path) -> None:
    rows = (row("1", "a", "X", "2"), row("1.1", "ghost"), row("2", "b", "X", "0"))
    (document,) = conllu(tmp_path, sentence(*rows))
    assert document.text == "a b"
    assert [word.head for word in document.words] == [1, 1]


def test_without_newdoc_each_sentence_is_a_document(tmp_path: Path) -> None:
    text = "# sent_id = s-1\n" + sentence(row("1", "a")) + "# sent_id = s-2\n"
    documents = conllu(tmp_path, text + sentence(row("1", "b")))
    assert [(document.name, document.text) for document in documents] == [
        ("s-1", "a"),
        ("s-2", "b"),
    ]


def test_chinese_sentences_are_joined_without_a_space(tmp_path: Path) -> None:
    tight = "SpaceAfter=No"
    first = sentence(row("1", "好", misc=tight), row("2", "。"))
    (document,) = conllu(tmp_path, "# newdoc\n" + first + sentence(row("1", "我")))
    assert document.text == "好。我"


def test_brackets_nest_and_one_word_may_be_a_mention_by_itself(tmp_path: Path) -> None:
    assert marked(tmp_path, "(1-person-new(2-place-new)", "", "1)(3-object-giv)") == (
        Mention("1", 0, 3),
        Mention("2", 0, 1),
        Mention("3", 2, 3),
    )


def test_of_two_open_brackets_of_one_entity_the_inner_closes_first(tmp_path: Path) -> None:
    assert marked(tmp_path, "(1-person-new", "(1-person-giv", "1)", "1)") == (
        Mention("1", 0, 4),
        Mention("1", 1, 3),
    )


def test_parts_of_a_discontinuous_mention_are_mentions_of_one_entity(tmp_path: Path) -> None:
    assert marked(tmp_path, "(1[1/2]-person-new)", "", "(1[2/2]-person-new", "1[2/2])") == (
        Mention("1", 0, 1),
        Mention("1", 2, 4),
    )


def test_the_header_says_where_in_a_bracket_the_entity_stands(tmp_path: Path) -> None:
    text = "# newdoc\n# global.Entity = etype-GRP\n"
    (document,) = conllu(tmp_path, text + sentence(row("1", "she", misc="Entity=(person-12)")))
    assert document.mentions == (Mention("12", 0, 1),)


def test_a_bracket_that_closes_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="closes entity 4, which is not open"):
        marked(tmp_path, "4)")


def test_a_bracket_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="never closes entity 4"):
        marked(tmp_path, "(4-person-new")


def test_a_line_that_is_not_conllu_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"line 2 of .*small\.conllu has 1 columns, not 10"):
        conllu(tmp_path, "# newdoc\nplain text\n")


def test_litbank_names_its_novel_and_the_types_that_it_annotates(tmp_path: Path) -> None:
    document = litbank(
        tmp_path, ("Emma", "(0)"), ("saw", "_"), ("her", "(1|(0)"), ("father", "1)"), (".", "_")
    )
    assert document.name == "7_x"
    assert document.text == "Emma saw her father."
    assert document.sentences == ((0, 5),)
    assert document.mentions == (Mention("0", 0, 1), Mention("1", 2, 4), Mention("0", 2, 3))
    assert document.annotated_for is not None
    assert "object" not in document.annotated_for
    assert {(word.tag, word.head) for word in document.words} == {(None, None)}


@pytest.mark.parametrize(
    "typed",
    [
        '"I don\'t," she said. "No!"',
        "“Well,” said Tom’s aunt (not mine); “go.”",
        "the boys' dog--a big one--barked",
        "'Come,' he said",
    ],
)
def test_tokens_of_a_novel_get_their_white_space_back(tmp_path: Path, typed: str) -> None:
    forms = {
        '"I don\'t," she said. "No!"': '" I do n\'t , " she said . " No ! "',
        "“Well,” said Tom’s aunt (not mine); “go.”": (
            "“ Well , ” said Tom ’s aunt ( not mine ) ; “ go . ”"
        ),
        "the boys' dog--a big one--barked": "the boys ' dog -- a big one -- barked",
        "'Come,' he said": "' Come , ' he said",
    }[typed]
    assert litbank(tmp_path, *((form, "_") for form in forms.split())).text == typed


def test_a_novel_is_a_paragraph_a_line_without_what_gutenberg_added(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text(
        "Licence\n*** START OF IT ***\n\nIt  was\nnight.\n\n\nHe slept.\n*** END OF IT\nMore",
        encoding="utf-8",
    )
    (tmp_path / "2.txt").write_text("Plain.\n", encoding="utf-8")
    assert read_novels(tmp_path) == ["It was night.\nHe slept.", "Plain."]


def test_pairs_are_parted_by_a_tab(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("Hi.\t嗨。\nRun.\t跑。\n", encoding="utf-8")
    assert read_pairs(path) == [("Hi.", "嗨。"), ("Run.", "跑。")]
    path.write_text("Hi.\t嗨。\nalone\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="line 2"):
        read_pairs(path)


def test_a_missing_file_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"gum-dev\.conllu is missing.*amir-zeldes/gum"):
        read_conllu(tmp_path / "gum-dev.conllu")
    with pytest.raises(CorpusError, match=r"litbank-coref is missing.*dbamman/litbank"):
        read_litbank(tmp_path / "litbank-coref")


def test_an_empty_folder_is_as_good_as_missing(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"holds no \.txt file"):
        read_novels(tmp_path)
    with pytest.raises(CorpusError, match=r"holds no \.conll file"):
        read_litbank(tmp_path)


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"caf\xe9\tx\n")
    with pytest.raises(CorpusError, match="not UTF-8"):
        read_pairs(path)


@pytest.mark.parametrize(
    ("name", "count", "coreference"),
    [("gum-train", 117, True), ("gum-dev", 18, True), ("ewt-train", 540, False)],
)
def test_the_real_corpora_are_whole(shared: Path, name: str, count: int, coreference: bool) -> None:
    documents = read_conllu(shared / "corpora" / f"{name}.conllu")
    assert len(documents) == count
    assert all((document.mentions is not None) == coreference for document in documents)
    for document in documents:
        assert all(document.text[w.start : w.end] == w.text for w in document.words)
        assert [at for pair in document.sentences for at in range(*pair)] == list(
            range(len(document.words))
        )


def test_the_real_litbank_is_whole(shared: Path) -> None:
    documents = read_litbank(shared / "corpora" / "litbank-coref")
    assert len(documents) == 100
    assert sum(len(document.words) for document in documents) == 210_532
    assert sum(len(document.mentions or ()) for document in documents) == 29_103
