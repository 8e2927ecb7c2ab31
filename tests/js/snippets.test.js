import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  curlSnippet,
  pythonLiteral,
  pythonSnippet,
  shellWord,
  whatIfSnippet,
} from '../../static/js/snippets.js';
import { LAW } from '../../static/js/state.js';

const VENV = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const PYTHON = existsSync(VENV) ? VENV : 'python3';

const HOSTILE = [
  `it's "quoted" & <b> $HOME \`id\` \\ %s {x}`,
  '</script>',
  '苹果很好吃 👩‍👩‍👧',
  'two\nlines\r\n\tand a tab',
  "'''",
  '\u2028\u2029\u0085',
  '{0} {text!r}',
];

const MINILM = { name: 'bert', source: 'package', kind: 'encoder' };
const GPT2 = { name: 'openai-community/gpt2', source: 'hub', kind: 'decoder' };
const MARIAN = { name: 'Helsinki-NLP/opus-mt-zh-en', source: 'hub', kind: 'encoder-decoder' };

function body(text, { kind = 'encoder', layer = 3, head = 1, text_pair = null } = {}) {
  return { model: 'bert', text, text_pair, kind, layers: [layer], heads: [head] };
}

function python(source) {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', source], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('a shell reads a word as exactly the text it was made from', () => {
  for (const text of HOSTILE) {
    const { stdout } = spawnSync('sh', ['-c', `printf %s ${shellWord(text)}`], {
      encoding: 'utf8',
    });
    assert.equal(stdout, text);
  }
});

test('the curl command sends the request as it stands, and nothing that is null', () => {
  const request = body(HOSTILE[0]);
  const command = curlSnippet({ origin: 'http://127.0.0.1:8000', base: '/api/v1', body: request });
  const shown = command.replace(/^curl/, 'printf "%s\\n"');
  const { stdout } = spawnSync('sh', ['-c', shown], { encoding: 'utf8' });
  const [, url, , header, , data] = stdout.trimEnd().split('\n');
  assert.equal(url, 'http://127.0.0.1:8000/api/v1/attention');
  assert.equal(header, 'Content-Type: application/json');
  const { text_pair, ...sent } = request;
  assert.equal(text_pair, null);
  assert.deepEqual(JSON.parse(data), sent);
});

test('Python reads a literal as exactly the text it was made from', () => {
  for (const text of [...HOSTILE, 'a\u0000b']) {
    const codes = python(`print([ord(c) for c in ${pythonLiteral(text)}])`);
    assert.deepEqual(
      JSON.parse(codes),
      Array.from(text, (character) => character.codePointAt(0)),
    );
  }
});

test('the script prints the number that the page shows, with transformers alone', () => {
  // 0.80: what layer 3, head 1 of this model gives from "its" (9) to "Law" (2).
  const script = pythonSnippet({
    model: MINILM,
    body: body(LAW),
    cell: { query: [9], key: [2] },
  });
  assert.doesNotMatch(script, /headlight|import models/i);
  assert.match(python(script), /^its -> law: 0\.80\d\d$/m);
});

test('a pair is read as a pair, and at word level the script sums over the pieces of the key', () => {
  // [CLS] who ? [SEP] ada ' s \\ notes [SEP]: a "word" of all ten gets the whole of a row, 1.
  const script = pythonSnippet({
    model: MINILM,
    body: body('Who?', { text_pair: "Ada's \\ notes" }),
    cell: { query: [1, 4], key: Array.from({ length: 10 }, (_, i) => i) },
  });
  assert.match(script, /tokenizer\(text, text_pair, return_tensors="pt"\)/);
  assert.match(python(script), /^\['who', 'ada'\] -> .*: 1\.0000$/m);
});

test('each kind of attention is taken from where transformers keeps it', () => {
  const cell = { query: [0], key: [0] };
  const of = (model, kind, text_pair = null) =>
    pythonSnippet({ model, body: body('x', { kind, text_pair }), cell });
  assert.match(of(GPT2, 'decoder'), /output\.attentions\[layer\]/);
  assert.match(of(MARIAN, 'encoder'), /output\.encoder_attentions/);
  assert.match(of(MARIAN, 'decoder'), /output\.decoder_attentions/);
  assert.match(of(MARIAN, 'cross', 'y'), /output\.cross_attentions/);
  assert.match(of(MARIAN, 'cross', 'y'), /text_target=text_pair/);
  assert.match(of(MARIAN, 'cross'), /model\.generate/);
});

test('every script is Python', () => {
  const cell = { query: [0, 1], key: [2] };
  for (const model of [MINILM, GPT2, MARIAN, { ...GPT2, source: 'folder', name: 'mine' }]) {
    for (const text of HOSTILE) {
      const kind = model.kind === 'decoder' ? 'decoder' : 'encoder';
      const script = pythonSnippet({ model, body: body(text, { kind, text_pair: text }), cell });
      python(`compile(${pythonLiteral(script)}, "snippet", "exec")`);
    }
  }
});

test('the Python of a what-if sends the request as it stands, and prints what it changes', () => {
  const edit = { do: 'patch', kind: null, layer: 3, heads: [1], text: HOSTILE[0] };
  const request = {
    origin: 'http://127.0.0.1:8000',
    base: '/api/v1',
    body: { model: 'bert', text: HOSTILE[3], text_pair: null, edits: [edit], show: [] },
  };
  const answer = {
    tokens: [{ text: 'its' }, { text: 'Law' }],
    target_tokens: null,
    change: { sentence_turn: 0.25, turn: [0.5, 0.125] },
    controls: { band: [0.125, 0.5] },
  };
  const served = [
    'import io, urllib.request',
    'def answer(request):',
    '    print(request.full_url, request.data.decode(), sep="\\n")',
    `    return io.BytesIO(${JSON.stringify(JSON.stringify(answer))}.encode())`,
    'urllib.request.urlopen = answer',
    '',
  ].join('\n');
  const [url, sent, ...printed] = python(served + whatIfSnippet(request))
    .trimEnd()
    .split('\n');
  assert.equal(url, 'http://127.0.0.1:8000/api/v1/what-if');
  const { kind, ...told } = edit;
  assert.equal(kind, null);
  assert.deepEqual(JSON.parse(sent), { model: 'bert', text: HOSTILE[3], edits: [told], show: [] });
  assert.deepEqual(printed, [
    'the sentence turns by 0.250000',
    'larger than 1 of 2 random draws',
    '0.500000  its',
    '0.125000  Law',
  ]);
});
