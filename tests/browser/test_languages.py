"""The pages in Chinese: nothing of them is left in English, and they are as whole as in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspector import Inspector
from tests.browser.learner import STEPS, Learner
from tests.browser.looks import (
    ALL_BUT_COLOURS,
    ALL_RULES,
    PHONE,
    WIDER,
    sideways,
    violations,
    wider_than,
)

APPLES = {"v": "1", "text": "苹果很好吃，我买了三斤。", "model": "small", "layer": "3", "head": "0"}
EDIT = {"edit": "zero_ablation.encoder.3.0"}
# Texts are Chinese here, so that what is left in Latin letters is of the page.
PLACES = {
    "the inspector": ("/", {**APPLES, "cell": "5-2"}),
    "its vectors": ("/", {**APPLES, "tab": "vectors", "cell": "5-2"}),
    "an edit": ("/", {**APPLES, "tab": "what-if", "heads": "each", **EDIT}),
    "attribution": ("/", {**APPLES, "tab": "attribution", "measure": "gradient_pattern"}),
    "what the model says": ("/", {**APPLES, "tab": "outputs"}),
    "the comparison": ("/compare", {"v": "1", "text": APPLES["text"], "second": "small"}),
    "a minimal pair": (
        "/pairs",
        {"v": "1", "text": "苹果很好吃。", "other": "苹果很好用。", "model": "small"},
    ),
    **{
        f"step {step} of the walk": ("/walk", {**APPLES, "step": str(step)})
        for step in (1, 2, 5, 7, 10)
    },
    "the lessons": ("/learn", {}),
    "the claims": ("/claims", {"v": "1", "model": "small"}),
    "the reference": ("/api", {}),
    "no page": ("/nothing", {}),
}
# Every text and spoken attribute that holds letters and nothing Chinese.
LATIN = """() => {
  const own = '[lang="en"], code, pre, script, style, textarea, .example, .example-button, '
    + '.picker-title, [data-part="sides"] option, [data-part="texts"] option, '
    + '.lesson-controls option';
  const found = new Set();
  const take = (text) => {
    const said = text.trim();
    if (/[A-Za-z]{3,}/.test(said) && !/\\p{Script=Han}/u.test(said)) found.add(said.slice(0, 80));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest(own)) take(node.data);
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    if (element.closest(own)) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
      take(element.getAttribute(name) ?? '');
    }
  }
  take(document.title);
  return [...found];
}"""
# Names, words of English examples, and what a lecturer in China writes in Latin letters.
NAMES = re.compile(
    r"""^(?: Headlight(?:\ \d.*)? | API | GPT-2 | BERT | softmax | exp\(? | exp\([sx]\ −\ max\)
    | Var(?:\(q\ ·\ k(?:\ /\ √d)?\))? | softmax\(q\ ·\ k(?:\ /\ √d)?\) | max
    | tanh | sin | cos | all | head | model
    | (?:\d+\ )?\[(?:CLS|SEP|UNK|MASK)\](?:\ \(\d+\)|,\ \d+)?
    | [A-Z]{3,5}(?:\ [01]\.\d+)? | saw\ \(\d\) | Officer
    | \w+(?:\ and\ \w+)?(?:\ et\ al\.)?\ \d{4} | curl | Python | JavaScript | (?:GET|POST)
    | (?:DELETE|PUT|HEAD) | /[\w/{}.-]* | JSON | [\w-]+(?:Answer|Request|Detail|Head|Fields) )$""",
    re.VERBOSE,
)


def go(visitor: Inspector, path: str, state: dict[str, str], lang: str = "zh") -> None:
    fragment = f"#{urlencode(state)}" if state else ""
    visitor.page.goto(f"{visitor.address}{path}?lang={lang}{fragment}")
    visitor.settled()


def chinese(visit: Callable[..., Inspector], **options: object) -> Inspector:
    """A visitor whose browser asks for Chinese."""
    return visit(**{"locale": "zh-CN", **options})


@pytest.mark.refused(404, sure=False)
@pytest.mark.parametrize("name", PLACES)
def test_a_page_in_chinese_is_whole(visit: Callable[..., Inspector], name: str) -> None:
    """Nothing of it is English, axe finds nothing, and no width scrolls sideways."""
    path, state = PLACES[name]
    visitor = chinese(visit)
    page = visitor.page
    page.add_init_script(WIDER)
    go(visitor, path, state)
    if name == "the claims":
        expect(page.locator(".claim-verdict")).to_have_count(10)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert faults_in_chinese(visitor, ALL_RULES) == []


@pytest.mark.parametrize("lesson", STEPS)
def test_a_lesson_in_chinese_is_whole(visit: Callable[..., Inspector], lesson: str) -> None:
    """Each of its steps; their colours were looked at in English."""
    learner = Learner(chinese(visit))
    learner.page.add_init_script(WIDER)
    found = {
        step: faults_in_chinese(learner.inspector, ALL_BUT_COLOURS)
        for step in learner.steps(lesson, lang="zh")
    }
    assert {step: lines for step, lines in found.items() if lines} == {}


def faults_in_chinese(visitor: Inspector, rules: dict[str, Any]) -> list[str]:
    """What is English, what axe finds, and which widths scroll sideways. The last width stays."""
    left = [text for text in visitor.page.evaluate(LATIN) if not NAMES.fullmatch(text)]
    return [*left, *violations(visitor, rules), *wider_than(visitor, (320, 390, 1920))]


def test_a_browser_that_asks_for_chinese_gets_it_and_the_switch_leads_to_english(
    visit: Callable[..., Inspector],
) -> None:
    """What is on screen goes along, and the choice is kept: in other pages, and the next time."""
    visitor = chinese(visit)
    page = visitor.page
    page.goto(f"{visitor.address}/")
    expect(page.get_by_role("heading", name="所有头")).to_be_visible()
    caption = page.locator(".hero-caption")
    expect(caption).to_have_text("头 3-1（共 72 个）：its 关注 Law，0.80。")
    page.get_by_role("button", name="下一个头").click()
    expect(page.locator("#head-title")).to_have_text("第 3 层 2 号头")

    page.get_by_role("link", name="English", exact=True).click()
    expect(page.locator("#head-title")).to_have_text("Layer 3, head 2")
    expect(page).to_have_url(re.compile(r"\?lang=en#.*head=2"))
    page.get_by_role("link", name="Findings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Claims about heads")
    expect(page).to_have_url(re.compile(r"/claims\?lang=en"))
    page.goto(f"{visitor.address}/pairs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Minimal pairs")
    assert "lang=" not in page.url


def test_a_link_that_was_copied_names_a_language_only_if_it_was_chosen(
    visit: Callable[..., Inspector],
) -> None:
    visitor = chinese(visit, permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page

    def copied(menu: str, item: str) -> str:
        page.get_by_role("button", name=menu).click()
        page.get_by_role("menuitem", name=item).click()
        page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
        text: str = page.evaluate(
            """async () => {
                 const text = await navigator.clipboard.readText();
                 await navigator.clipboard.writeText('');
                 return text;
               }"""
        )
        page.keyboard.press("Escape")
        return text

    page.goto(f"{visitor.address}/")
    visitor.settled()
    assert "lang=" not in copied("导出", "复制链接")
    page.get_by_role("link", name="English", exact=True).click()
    expect(page.get_by_role("heading", name="Every head")).to_be_visible()
    visitor.settled()
    assert "/?lang=en#" in copied("Export", "Copy the link")


def numbers(page: Page) -> list[str]:
    """Every number of the page's tables and pictures, in order."""
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")
    expect(page.locator(".data-table").first).to_be_visible()
    cells: list[str] = page.locator(
        ".data-table td, .search-table td, .hero-weight"
    ).all_inner_texts()
    return [number for cell in cells for number in re.findall(r"[−\d.]+", cell)]


def test_numbers_are_the_same_in_both_languages(visit: Callable[..., Inspector]) -> None:
    visitor = chinese(visit)
    found = {}
    for lang in ("en", "zh"):
        go(visitor, "/", {**APPLES, "query": "好吃", "key": "苹果"}, lang)
        found[lang] = numbers(visitor.page)
    assert len(found["en"]) > 100
    assert found["en"] == found["zh"]


@pytest.mark.refused(422)
def test_what_goes_wrong_is_said_in_chinese(visit: Callable[..., Inspector]) -> None:
    visitor = chinese(visit)
    go(visitor, "/", {"v": "1", "text": "tree " * 601})
    expect(visitor.page.get_by_role("alert")).to_contain_text(
        "Text 有 603 个词元；bert 最多读 512 个。请缩短或拆分。"
    )


def test_a_text_whose_script_the_model_does_not_know_is_told_in_chinese(
    visit: Callable[..., Inspector],
) -> None:
    visitor = chinese(visit)
    go(visitor, "/", {"v": "1", "text": APPLES["text"], "model": "bert"})
    notice = visitor.page.get_by_role("status").filter(has_text="不认识")
    expect(notice).to_contain_text("[UNK]")
    notice.get_by_role("button", name="用 Small（4 层，自制） 来读").click()
    expect(visitor.page.locator(".hero-caption")).to_contain_text("共 16 个")


def test_the_glossary_gives_each_term_in_both_languages(visit: Callable[..., Inspector]) -> None:
    visitor = chinese(visit, **PHONE)
    go(visitor, "/", APPLES)
    visitor.page.get_by_role("button", name="术语表").click()
    glossary = visitor.page.get_by_role("dialog", name="术语表")
    expect(glossary.get_by_role("term").filter(has_text="注意力头")).to_have_text(
        "注意力头 attention head"
    )
    assert sideways(visitor) == 0
