"""What people, and those who test a server's nerves, really send. Each has a stated answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

JSON = {"Content-Type": "application/json"}
FAMILY = "👨‍👩‍👧‍👦"


def tokens(client: TestClient, text: str, **fields: Any) -> Any:
    response = client.post("/api/v1/tokens", json={"text": text, **fields})
    assert response.status_code == 200, response.text
    return response.json()


def error(client: TestClient, path: str, content: str | bytes) -> tuple[int, str, str | None]:
    response = client.post(f"/api/v1/{path}", content=content, headers=JSON)
    found = response.json()["error"]
    return response.status_code, found["code"], found["field"]


TYPED = {
    "one token": "a",
    "nul": "a\x00b",
    "nul alone": "x \x00",
    "control characters": "a\x01\x02\x7f b",
    "right to left": "שלום עולם، مرحبا بالعالم",
    "direction marks": "abc \u202ecba\u202c",
    "emoji sequence": f"hello {FAMILY}!",
    "flags": "🇨🇳🇫🇷",
    "skin tone": "👍🏽 good",
    "joiners": "क\u200dष zero\u200bwidth",
    "combining": "e\u0301 e\u0300\u0323",
    "no spaces": "苹果很好吃，我买了三斤。",
    "outside the first plane": "𠮷野家 𝔄",
    "typed separators": "a [SEP] b [CLS] [MASK] [PAD] [UNK]",
    "html": "<script>alert(1)</script><!-- ]]>",
    "template": "{{ 7*7 }} {% raw %} ${x}",
    "newlines": "one\r\ntwo\u2028three\u2029four\tfive",
    "byte order mark": "\ufeffstart",
    "not characters": "a\ufffe\uffffb",
}


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED)
def test_whatever_is_typed_comes_back_as_typed(client: TestClient, text: str) -> None:
    answer = tokens(client, text)
    assert answer["text"] == text
    for token in answer["tokens"]:
        if token["start"] is not None:
            assert token["text"] == text[token["start"] : token["end"]]
    assert answer["tokens"][0]["piece"] == "[CLS]"
    assert [token["special"] for token in answer["tokens"]].count(True) == 2


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED)
def test_whatever_is_typed_can_be_run(client: TestClient, text: str) -> None:
    response = client.post("/api/v1/overview", json={"text": text})
    assert response.status_code == 200
    body = {"text": text, "layers": [0], "heads": [0], "level": "word"}
    for accept in ("application/json", "application/x-npz", "text/csv"):
        response = client.post("/api/v1/attention", json=body, headers={"Accept": accept})
        assert response.status_code == 200, response.text


@pytest.mark.parametrize("text", ["\x00", "\x01\x02", "\ufeff", "\u200b"])
def test_characters_that_the_tokenizer_drops_are_an_empty_text(
    client: TestClient, text: str
) -> None:
    """BERT reads no control characters: with nothing else there is nothing to read."""
    assert error(client, "tokens", json.dumps({"text": text})) == (422, "empty_text", "text")
    assert error(client, "overview", json.dumps({"text": text})) == (422, "empty_text", "text")


def test_separators_that_a_person_types_are_plain_characters(client: TestClient) -> None:
    answer = tokens(client, "a [SEP] b")
    assert [token["text"] for token in answer["tokens"]][1:-1] == ["a", "[", "SEP", "]", "b"]


def test_a_family_of_emoji_is_one_word(client: TestClient) -> None:
    words = [word["text"] for word in tokens(client, f"hello {FAMILY}!")["words"]]
    assert words == ["[CLS]", "hello", FAMILY, "!", "[SEP]"]


def test_512_tokens_are_run_and_513_are_refused(client: TestClient) -> None:
    fits, over = "law " * 510, "law " * 511
    assert tokens(client, fits)["fits"] is True
    assert tokens(client, over)["fits"] is False
    body = {"layers": [5], "heads": [11]}
    response = client.post("/api/v1/attention", json={"text": fits, **body})
    assert response.status_code == 200
    assert len(response.json()["heads"][0]["pattern"]) == 512
    refused = client.post("/api/v1/attention", json={"text": over, **body})
    message = refused.json()["error"]["message"]
    assert "513 tokens" in message
    assert "512" in message
    assert refused.json()["error"]["code"] == "text_too_long"


def test_100_000_characters_are_cut_and_not_run(client: TestClient) -> None:
    text = "perfectly " * 10_000
    assert tokens(client, text)["count"] == 10_002
    content = json.dumps({"text": text})
    assert error(client, "overview", content) == (422, "text_too_long", "text")


def test_100_000_characters_without_a_space_are_one_unknown_word(client: TestClient) -> None:
    answer = tokens(client, "x" * 100_000)
    unknown = answer["tokens"][1]
    assert unknown["piece"] == "[UNK]"
    assert (unknown["start"], unknown["end"]) == (0, 100_000)


@pytest.mark.parametrize("path", ["tokens", "attention", "overview"])
@pytest.mark.parametrize("field", ["text", "text_pair"])
@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\udc00b"', '"\\ude00\\ud83d"'])
def test_half_a_surrogate_pair_is_no_text(
    client: TestClient, path: str, field: str, text: str
) -> None:
    other = {"text": "", "text_pair": '"text": "a", '}[field]
    content = f'{{{other}"{field}": {text}}}'
    assert error(client, path, content) == (422, "invalid_text", field)


def test_half_a_surrogate_pair_elsewhere_is_refused_too(client: TestClient) -> None:
    assert error(client, "tokens", '{"text": "a", "model": "\\ud800"}')[:2] == (
        404,
        "unknown_model",
    )
    search = '{"text": "a", "query": "\\ud800", "key": "a"}'
    assert error(client, "heads/search", search) == (422, "word_not_found", "query")
    name = '{"text": "a", "\\ud800": 1}'
    assert error(client, "tokens", name) == (422, "invalid_request", None)
    kind = '{"text": "a", "kind": "\\ud800"}'
    assert error(client, "attention", kind) == (422, "invalid_request", "kind")


def test_a_whole_surrogate_pair_is_a_character(client: TestClient) -> None:
    content = '{"text": "\\ud83d\\ude00 hi"}'
    response = client.post("/api/v1/tokens", content=content, headers=JSON)
    assert response.json()["text"] == "😀 hi"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-0.0", "1e2"])
def test_numbers_that_are_no_whole_numbers_are_no_layers(client: TestClient, number: str) -> None:
    status, code, _ = error(client, "attention", f'{{"text": "a", "layers": [{number}]}}')
    assert (status, code) == (422, "invalid_request")


LONG = "1" * 5_000  # more digits than Python reads
LENGTHY = [
    ("attention", f'"layers": [{LONG}]', "layers"),
    ("attention", f'"layers": [{LONG}, {LONG}]', "layers"),
    ("cell", f'"layer": {LONG}, "head": 0, "query_pos": 0, "key_pos": 0', "layer"),
    ("cell", f'"layer": 0, "head": 0, "query_pos": -{LONG}, "key_pos": 0', "query_pos"),
    ("heads/search", f'"query": {{"position": {LONG}}}, "key": "a"', "query"),
    ("heads/search", f'"query": {{"start": {LONG}, "end": {LONG}}}, "key": "a"', "query"),
    ("heads/faithfulness", f'"layer": {LONG}, "head": 0', "layer"),
    ("pairs", f'"other": "b", "show": [{{"layer": 0, "head": {LONG}}}]', "show.0.head"),
    ("what-if", f'"edits": [{{"do": "zero_ablation", "layer": {LONG}}}]', "edits.0.layer"),
    (
        "what-if",
        f'"edits": [{{"do": "zero_ablation", "layer": 0, "heads": [{LONG}]}}]',
        "edits.0.heads",
    ),
    (
        "what-if",
        f'"edits": [{{"do": "window", "layer": 0, "width": -{LONG}}}]',
        "edits.0.width",
    ),
    (
        "what-if",
        f'"edits": [{{"do": "only_along", "layer": 0, "edges": [[{LONG}, 0]]}}]',
        "edits.0.edges.0",
    ),
    (
        "what-if",
        f'"edits": [{{"do": "temperature", "layer": 0, "value": {LONG}}}]',
        "edits.0.value",
    ),
]


@pytest.mark.parametrize(("path", "fields", "field"), LENGTHY)
def test_a_number_of_thousands_of_digits_is_refused_in_a_short_sentence(
    client: TestClient, path: str, fields: str, field: str
) -> None:
    content = f'{{"text": "a", {fields}}}'
    assert error(client, path, content)[::2] == (422, field)
    answer = client.post(f"/api/v1/{path}", content=content, headers=JSON)
    assert len(answer.json()["error"]["message"]) < 250


@pytest.mark.parametrize("digits", [4_299, 4_300, 4_301, 900_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_is_refused_by_its_field_however_many_digits_it_has(
    client: TestClient, sign: str, digits: int
) -> None:
    content = f'{{"text": "a", "layers": [{sign}{"9" * digits}]}}'
    assert error(client, "attention", content) == (422, "invalid_selection", "layers")
    answer = client.post("/api/v1/attention", content=content, headers=JSON)
    assert f"layer {sign}9999" in answer.json()["error"]["message"]


def test_a_made_up_field_s_name_is_repeated_in_short(client: TestClient) -> None:
    content = json.dumps({"text": "a", "x" * 100_000: 1})
    answer = client.post("/api/v1/tokens", content=content, headers=JSON)
    found = answer.json()["error"]
    shown = "x" * 40 + "..."
    assert (answer.status_code, found["code"], found["field"]) == (422, "invalid_request", shown)
    assert found["message"].startswith(f"'{shown}' is not a field of this request; it may have")
    assert len(found["message"]) < 250


def test_a_field_sent_twice_counts_once(client: TestClient) -> None:
    content = '{"text": "first", "text": "second"}'
    assert client.post("/api/v1/tokens", content=content, headers=JSON).json()["text"] == "second"


def test_a_pair_may_not_be_blank(client: TestClient) -> None:
    content = json.dumps({"text": "a", "text_pair": " "})
    assert error(client, "tokens", content) == (422, "empty_text", "text_pair")


ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=ANY_TEXT, text_pair=st.none() | ANY_TEXT)
@example(text="\x1c", text_pair=None)
@example(text="a", text_pair="\u180e")
def test_any_text_is_cut_into_a_partition_or_holds_nothing_to_read(
    client: TestClient, text: str, text_pair: str | None
) -> None:
    sent = {"text": text, "text_pair": text_pair}
    response = client.post("/api/v1/tokens", json=sent)
    if response.status_code == 422:
        error = response.json()["error"]
        assert error["code"] == "empty_text"
        assert not any(c.isalnum() for c in sent[error["field"]] or "")
        return
    assert response.status_code == 200, response.text
    answer = response.json()
    positions = [pos for word in answer["words"] for pos in word["tokens"]]
    assert positions == list(range(answer["count"]))
    for index, word in enumerate(answer["words"]):
        assert {answer["tokens"][pos]["word"] for pos in word["tokens"]} == {index}
    for token in answer["tokens"]:
        if token["start"] is not None:
            source = sent["text_pair"] if token["segment"] else sent["text"]
            assert source is not None
            assert token["text"] == source[token["start"] : token["end"]]
