"""Which language is asked for, and what is said in it: pages, errors, and prose in answers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from headlight.app.http.languages import asked_for
from headlight.models.zoo.registry import BUILT_IN

HAN = re.compile(r"[\u4e00-\u9fff]")
KNOWN = ", ".join(entry.name for entry in BUILT_IN)
PAGES = ["/", "/compare", "/pairs", "/learn", "/learn/softmax", "/walk", "/claims", "/api"]


def request(query: str = "", **headers: str) -> Request:
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "query_string": query.encode(), "headers": lines})


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("", {}, "en"),
        ("", {"accept_language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh"),
        ("", {"accept_language": "zh-Hant-TW"}, "zh"),
        ("", {"accept_language": "ZH"}, "zh"),
        ("", {"accept_language": "de, fr;q=0.9"}, "en"),
        ("", {"accept_language": "en;q=0.2, zh;q=0.9"}, "zh"),
        ("", {"accept_language": "zh;q=0, en"}, "en"),
        ("", {"accept_language": "de, zh;q=0.4, en;q=0.3"}, "zh"),
        ("", {"accept_language": "*"}, "en"),
        ("", {"accept_language": "zh", "cookie": "lang=en"}, "en"),
        ("", {"cookie": "lang=zh; other=1"}, "zh"),
        ("lang=zh", {"accept_language": "en", "cookie": "lang=en"}, "zh"),
        ("lang=en", {"accept_language": "zh"}, "en"),
        ("lang=xx", {"cookie": "lang=zh"}, "zh"),
        ("lang=", {}, "en"),
        ("lang=zh-CN", {"accept_language": "en"}, "en"),
    ],
)
def test_the_address_comes_first_then_what_was_chosen_then_what_the_browser_says(
    query: str, headers: dict[str, str], expected: str
) -> None:
    assert asked_for(request(query, **headers)).name == expected


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_its_language_and_depends_on_what_chose_it(
    client: TestClient, path: str
) -> None:
    english, chinese = client.get(path), client.get(path, headers={"Accept-Language": "zh-CN"})
    for answer, tag in ((english, "en"), (chinese, "zh-Hans")):
        assert f'<html lang="{tag}"' in answer.text
        assert answer.headers["content-language"] == tag
        assert answer.headers["vary"] == "Accept-Encoding, Accept-Language, Cookie"
    assert english.headers["etag"] != chinese.headers["etag"]
    title = re.search(r"<title>(.*?)</title>", chinese.text)
    assert title is not None
    assert path == "/" or HAN.search(title[1])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_leads_to_itself_in_the_other_language_by_that_languages_own_name(
    client: TestClient, path: str
) -> None:
    link = r'<a [^>]*href="\?lang=(\w+)" hreflang="([\w-]+)" lang="([\w-]+)"[^>]*>([^<]+)</a>'
    assert re.findall(link, client.get(path).text) == [("zh", "zh-Hans", "zh-Hans", "中文")]
    chinese = client.get(f"{path}?lang=zh").text
    assert re.findall(link, chinese) == [("en", "en", "en", "English")]


def test_links_between_pages_carry_a_language_only_where_the_address_names_it(
    client: TestClient,
) -> None:
    asked = client.get("/?lang=zh").text
    assert 'href="/learn?lang=zh"' in asked
    assert 'href="/compare?lang=zh"' in asked
    kept = client.get("/", headers={"Cookie": "lang=zh"}).text
    assert 'lang="zh-Hans"' in kept
    assert 'href="/learn"' in kept
    assert "?lang=zh" not in kept.replace('href="?lang=en"', "")


def test_only_a_page_in_another_language_than_english_names_a_catalogue(
    client: TestClient,
) -> None:
    assert "/languages/" not in client.get("/").text
    named = re.search(
        r'<script src="(/static/\w+/languages/zh\.js)"></script>', client.get("/?lang=zh").text
    )
    assert named is not None
    answer = client.get(named[1])
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "所有头" in answer.text


ERRORS: list[tuple[str, dict[str, Any], str, dict[str, Any], str, str]] = [
    ("tokens", {"text": ""}, "empty_text", {"argument": "text"},
     "text is empty; type a sentence", "text 是空的；请输入一个句子"),
    ("tokens", {"text": "a", "model": "nobody"}, "unknown_model",
     {"name": "'nobody'", "known": KNOWN},
     f"there is no model 'nobody'; there are: {KNOWN}", f"没有名为 'nobody' 的模型；现有：{KNOWN}"),
    ("tokens", {}, "invalid_request", {"field": "text"},
     "'text' is missing", "缺少 'text'"),
    ("cell", {"text": "a b", "layer": 99, "head": 0, "query_pos": 0, "key_pos": 0},
     "invalid_selection", {"layer": "99", "layers": "0 to 5", "model": "bert", "kind": "encoder"},
     "layer 99 is outside 0 to 5, the layers of bert's encoder attention",
     "层 99 超出 bert 的 encoder 注意力层的范围：0 到 5"),
    ("what-if", {"text": "a b", "edits": [{"do": "zero_ablation", "layer": 0, "heads": [12]}]},
     "invalid_edit", {"index": 0, "problem": "12 is outside 0 to 11, the heads of this layer"},
     "edit 0: 12 is outside 0 to 11, the heads of this layer",
     "第 0 处修改：12 超出 0 到 11，即这一层的头"),
    ("attention", {"text": "a", "kind": "x"}, "invalid_request",
     {"field": "kind", "wanted": "'encoder', 'decoder' or 'cross'", "given": "the string 'x'"},
     "'kind' must be 'encoder', 'decoder' or 'cross', not the string 'x'",
     "'kind' 必须是'encoder', 'decoder' 或 'cross'，不能是字符串 'x'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "code", "params", "english", "chinese"), ERRORS)
def test_an_error_is_worded_in_the_language_asked_for_and_its_code_and_params_never_change(
    client: TestClient, path: str, body: Any, code: str, params: Any, english: str, chinese: str
) -> None:
    for suffix, headers, message, tag in (
        ("", {}, english, "en"),
        ("?lang=zh", {}, chinese, "zh-Hans"),
        ("", {"Accept-Language": "zh-CN,zh;q=0.9"}, chinese, "zh-Hans"),
        ("?lang=en", {"Accept-Language": "zh"}, english, "en"),
    ):
        answer = client.post(f"/api/v1/{path}{suffix}", json=body, headers=headers)
        error = answer.json()["error"]
        assert (error["code"], error["params"], error["message"]) == (code, params, message)
        assert answer.headers["content-language"] == tag
        assert "Accept-Language" in answer.headers["vary"]


def test_what_only_http_knows_is_said_in_chinese_too(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing?lang=zh").json()["error"]
    assert answer["message"] == "/api/v1/nothing 处没有内容；/api 列出了现有的内容"
    wrong = client.post("/api/v1/tokens?lang=zh", content=b"{", headers={"Content-Type": "text/x"})
    assert HAN.search(wrong.json()["error"]["message"])
    assert wrong.json()["error"]["params"]["type"] == "application/json"


def test_numbers_and_texts_of_an_answer_are_the_same_in_every_language(client: TestClient) -> None:
    body = {"text": "The cat sat on it.", "model": "bert"}
    for path, more in (
        ("overview", {}),
        ("attention", {"layers": [0], "heads": [1], "include": ["pattern"]}),
        ("tokens", {}),
    ):
        english = client.post(f"/api/v1/{path}", json={**body, **more})
        chinese = client.post(f"/api/v1/{path}?lang=zh", json={**body, **more})
        assert english.status_code == 200
        assert english.content == chinese.content


def test_prose_of_an_answer_is_said_in_the_language_asked_for(client: TestClient) -> None:
    body = {"text": "The cat sat on it.", "model": "bert", "query": "it", "key": "cat"}
    english = client.post("/api/v1/heads/search", json=body).json()
    chinese = client.post("/api/v1/heads/search?lang=zh", json=body).json()
    assert HAN.search(chinese.pop("message"))
    assert not HAN.search(english.pop("message"))
    assert english == chinese
    answer = client.get("/api/v1/models", headers={"Accept-Language": "zh"})
    assert all(HAN.search(model["description"]) for model in answer.json()["models"])


def test_every_answer_that_holds_words_tells_their_language_and_what_decided_it(
    client: TestClient,
) -> None:
    head = {"text": "The cat sat.", "layers": [0], "heads": [1], "include": ["pattern"]}
    for lang, tag in (("zh", "zh-Hans"), ("en", "en")):
        asked = {"Accept-Language": lang}
        plotly = {**asked, "Accept": "application/vnd.plotly.v1+json"}
        lines = {**asked, "Accept": "application/x-ndjson"}
        for answer in (
            client.get("/api/v1/models", headers=asked),
            client.get("/api/v1/models/bert", headers=asked),
            client.get("/", headers=asked),
            client.get("/nothing-here", headers={**asked, "Accept": "text/html"}),
            client.post("/api/v1/attention", json=head, headers=asked),
            client.post("/api/v1/attention", json=head, headers=plotly),
            client.post("/api/v1/claims", json={"model": "small"}, headers=lines),
        ):
            assert answer.headers["content-language"] == tag
            vary = re.split(", ", answer.headers["vary"])
            assert {"Accept-Language", "Cookie"} <= set(vary), answer.request.url
            assert len(vary) == len(set(vary))
    arrays = client.post("/api/v1/attention", json=head, headers={"Accept": "application/x-npz"})
    assert "content-language" not in arrays.headers


def test_two_who_ask_at_once_in_two_languages_each_get_their_own(client: TestClient) -> None:
    for lang, wanted in (("zh", True), ("en", False), ("zh", True)):
        found = client.post(f"/api/v1/tokens?lang={lang}", json={"text": ""}).json()["error"]
        assert bool(HAN.search(found["message"])) is wanted
