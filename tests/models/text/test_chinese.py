"""Where Chinese words end, in both scripts."""

from __future__ import annotations

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.models.text.chinese import chinese_words

HAN = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0x3400, max_codepoint=0x4DBF),
        st.characters(min_codepoint=0x20000, max_codepoint=0x323AF, exclude_categories=["Cn"]),
        st.sampled_from("的一是不了人我在有他这中国國学學〇々⺀〡"),
    ),
    max_size=40,
)


def cut(run: str) -> list[str]:
    ends = list(itertools.accumulate(chinese_words(run)))
    return [run[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("苹果很好吃", ["苹果", "很", "好吃"]),
        ("研究生命起源", ["研究", "生命", "起源"]),
        ("我喜欢吃苹果", ["我", "喜欢", "吃", "苹果"]),
        ("北京大学的学生", ["北京大学", "的", "学生"]),
    ],
)
def test_words_are_those_of_the_dictionary_that_fit_best_together(
    run: str, words: list[str]
) -> None:
    assert cut(run) == words


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("蘋果很好吃", "苹果很好吃"),
        ("研究生命起源的學者們來到圖書館", "研究生命起源的学者们来到图书馆"),
        ("這個國家的經濟發展得很快", "这个国家的经济发展得很快"),
    ],
)
def test_traditional_script_is_cut_where_simplified_script_is(
    traditional: str, simplified: str
) -> None:
    assert list(chinese_words(traditional)) == list(chinese_words(simplified))
    assert "".join(cut(traditional)) == traditional


@given(HAN)
@settings(max_examples=300, deadline=None)
def test_words_are_the_run_in_pieces_and_the_same_each_time(run: str) -> None:
    words = list(chinese_words(run))
    assert sum(words) == len(run)
    assert all(length > 0 for length in words)
    assert words == list(chinese_words(run))


def test_threads_find_the_same_words() -> None:
    runs = [f"{who}在{where}买了苹果" * 20 for who in "他她我你" for where in ("北京", "圖書館")]
    alone = [list(chinese_words(run)) for run in runs]
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: [list(chinese_words(run)) for run in runs], range(16)):
            assert found == alone


def test_no_dictionary_is_read_before_the_first_chinese_text() -> None:
    code = (
        "import sys; from headlight.models.text.tokens import word_spans;"
        "word_spans('no Chinese, かな 한국어');"
        "assert not {'rjieba', 'opencc'} & set(sys.modules); word_spans('苹果');"
        "assert {'rjieba', 'opencc'} <= set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
