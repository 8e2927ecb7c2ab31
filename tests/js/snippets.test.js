import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LAW } from '../../static/js/core/addresses/inspector.js';
import {
  curlSnippet,
  pythonLiteral,
  pythonSnippet,
  runsAlone,
  serverSnippet,
  shellWord,
  whatIfSnippet,
} from '../../static/js/pages/inspector/snippets.js';

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
const SMALL = { name: 'small', source: 'package', kind: 'encoder' };
const FOLDER = { name: 'mine', source: 'folder', kind: 'encoder' };
const MARIAN = { name: 'Helsinki-NLP/opus-mt-zh-en', source: 'hub', kind: 'encoder-decoder' };

function body(text, { kind = 'encoder', layer = 3, head = 1, text_pair = null } = {}) {
  return { model: 'bert', text, text_pair, kind, layers: [layer], heads: [head] };
}

const SERVER = { origin: 'http://127.0.0.1:8000', base: '/api/v1' };
const PATTERN = { name: 'pattern', ofLayer: false };
const PLACE = { query_pos: 1, key_pos: 2 };

/** A server's stand-in, ahead of a script: prints where and what it was asked, and answers. */
function answering(answer) {
  return [
    'import io, urllib.request',
    'def answer(request):',
    '    print(request.full_url, request.data.decode(), sep="\\n")',
    `    return io.BytesIO(${JSON.stringify(JSON.stringify(answer))}.encode())`,
    'urllib.request.urlopen = answer',
    '',
  ].join('\n');
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

test('transformers alone serves known weights, and reads what nobody could take for control', () => {
  const alone = (model, text, rest = {}) => runsAlone({ model, body: body(text, rest) });
  assert.ok(alone(MINILM, LAW));
  assert.ok(alone(GPT2, LAW, { kind: 'decoder' }));
  assert.ok(alone(MARIAN, LAW, { kind: 'cross', text_pair: 'x' }));
  // Our own model is no model of transformers, and a folder's place is not told.
  assert.ok(!alone(SMALL, LAW));
  assert.ok(!alone(FOLDER, LAW));
  assert.ok(!alone({ ...FOLDER, name: 'toString' }, LAW));
  // Typed control tokens: of one text the script holds the ids.
  for (const typed of ['a [SEP] b', 'a </s> b', '<|endoftext|>', 'a [MASK].']) {
    assert.ok(alone(MINILM, typed));
    assert.ok(!alone(MINILM, typed, { text_pair: 'b' }));
    assert.ok(!alone(MINILM, 'b', { text_pair: typed }));
    assert.ok(!alone(MARIAN, typed));
  }
  assert.ok(alone(MINILM, 'if 5 < 6 > 4 [ ] and [ x ]', { text_pair: '[]<>' }));
});

test('where control tokens are typed, the script reads the tokens on screen by their ids', () => {
  // [CLS] dog [ sep ] cat [SEP]: seven, where a typed [SEP] as a token would make five.
  const ids = [101, 3899, 1031, 19802, 1033, 4937, 102];
  const script = pythonSnippet({
    model: MINILM,
    body: body('dog [SEP] cat'),
    cell: { query: [0, 5], key: [0, 1, 2, 3, 4, 5, 6] },
    ids,
  });
  assert.match(
    python(script),
    /^\['\[CLS\]', 'cat'\] -> \['\[CLS\]', 'dog', '\[', 'sep', '\]', 'cat', '\[SEP\]'\]: 1\.0000$/m,
  );
});

test('every script is Python', () => {
  const cell = { query: [0, 1], key: [2] };
  for (const model of [MINILM, GPT2, MARIAN, SMALL, FOLDER]) {
    for (const text of HOSTILE) {
      for (const text_pair of [null, text]) {
        const kind = model.kind === 'decoder' ? 'decoder' : 'encoder';
        const asked = { ...body(text, { kind, text_pair }), level: 'token' };
        const script = runsAlone({ model, body: asked })
          ? pythonSnippet({ model, body: asked, cell, ids: [1, 2, 3] })
          : serverSnippet({ ...SERVER, body: asked, measure: PATTERN, place: PLACE });
        python(`compile(${pythonLiteral(script)}, "snippet", "exec")`);
      }
    }
  }
});

test('the script that asks the server prints the number at a place, of tokens or of words', () => {
  const answer = {
    query_tokens: [{ text: 'token 0' }, { text: 'token 1' }],
    key_tokens: [{ text: 'key 0' }, { text: 'key 1' }, { text: 'key 2' }],
    query_words: [{ text: 'word 0' }, { text: 'word 1' }],
    key_words: [{ text: 'other 0' }, { text: 'other 1' }, { text: 'other 2' }],
    heads: [
      {
        pattern: [
          [1, 2, 3],
          [4, 5, 0.625],
        ],
      },
    ],
    layers: [
      {
        flow: [
          [1, 2, 3],
          [4, 5, null],
        ],
      },
    ],
  };
  const ask = (asked, measure) => {
    const script = serverSnippet({ ...SERVER, body: asked, measure, place: PLACE });
    return python(answering(answer) + script)
      .trimEnd()
      .split('\n');
  };
  const tokens = { ...body(HOSTILE[3]), level: 'token' };
  const [url, sent, printed] = ask(tokens, PATTERN);
  assert.equal(url, 'http://127.0.0.1:8000/api/v1/attention');
  const { text_pair, ...told } = tokens;
  assert.equal(text_pair, null);
  assert.deepEqual(JSON.parse(sent), told);
  assert.equal(printed, 'token 1 -> key 2 0.625');
  assert.equal(ask({ ...tokens, level: 'word' }, PATTERN)[2], 'word 1 -> other 2 0.625');
  assert.equal(ask(tokens, { name: 'flow', ofLayer: true })[2], 'token 1 -> key 2 None');
});

test('the Python of a what-if sends the request as it stands, and prints what it changes', () => {
  const edit = { do: 'activation_patch', kind: null, layer: 3, heads: [1], text: HOSTILE[0] };
  const request = {
    origin: 'http://127.0.0.1:8000',
    base: '/api/v1',
    body: { model: 'bert', text: HOSTILE[3], text_pair: null, edits: [edit], show: [] },
  };
  const answer = {
    tokens: [{ text: 'its' }, { text: 'Law' }],
    target_tokens: null,
    change: { sentence_cosine_distance: 0.25, cosine_distance: [0.5, 0.125] },
    controls: { band: [0.125, 0.5] },
  };
  const [url, sent, ...printed] = python(answering(answer) + whatIfSnippet(request))
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
