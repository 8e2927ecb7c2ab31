// No phrase of the screen stands outside the catalogues: what a script says goes through t, plural or
// rich, with its message as a literal, so that `make messages` finds it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';

const SCRIPTS = new URL('../../static/js/', import.meta.url);
/** Sentences to read, programs, and what only a developer sees. */
const SAMPLES =
  /^(?:core\/(?:pair-)?examples|core\/addresses\/\w+|core\/npz|pages\/inspector\/snippets)\.js$/;
const SAYS = new Set(['t', 'plural', 'rich']);
/** Messages among the arguments of each. */
const MESSAGES = { t: [0], plural: [0, 1], rich: [0] };
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'alt', 'aria-description']);
const NAMES = new Set([
  ...['Headlight', 'Headlight Paper', 'Plotly', 'AbortError', 'Helvetica', 'Arial'],
  ...['Enter', 'Escape', 'Tab', 'Home', 'End', 'Delete', 'Backspace'],
]);

const files = readdirSync(SCRIPTS, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.js') && !SAMPLES.test(name))
  .sort();

const treeOf = (name) =>
  parse(readFileSync(fileURLToPath(new URL(name, SCRIPTS)), 'utf8'), {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
  });

/** Two words in a row, or one with a capital: what nobody writes but for people. */
function isPhrase(text) {
  if (NAMES.has(text.trim()) || /et al\. \d{4}|and \w+ \d{4}$/.test(text)) return false;
  if (/^[A-Z][a-z]+[.…!?]?$/.test(text)) return true;
  return /[A-Za-z]{2,}[,.;:)]? \(?[A-Za-z]{2,}/.test(text);
}

/** CSS, selectors, SVG, media queries and lists of class names. */
const isCode = (text) =>
  /^\s*<|^"[^"]+", |^([a-z]+) \1-|var\(|rgba?\(|translate\(|color-mix|\dpx|--[a-z]|^[.#[(:]|^[a-z]+(?:-[a-z]+)+\b|^(?:[a-z]+, )+\w/.test(
    text,
  );

const calls = (node, names) =>
  node.type === 'CallExpression' &&
  node.callee.type === 'Identifier' &&
  names.has(node.callee.name);

/** The text and the spoken attributes of markup, holes as "·". */
function* markup(template) {
  const whole = template.quasis.map(({ value }) => value.cooked).join('·');
  for (const [, name, value] of whole.matchAll(/([\w-]+)="([^"]*)"/g)) {
    if (SPOKEN.has(name) && /[A-Za-z]{2}/.test(value)) yield value;
  }
  for (const text of whole.replace(/<[^>]*>?/g, '\n').split('\n')) {
    if (/[A-Za-z]{3}/.test(text) && !/^[\w-]+$/.test(text.trim().replaceAll('·', '')))
      yield text.trim();
  }
}

function phrasesOf(name) {
  const found = [];
  fullAncestor(treeOf(name), (node, _, ancestors) => {
    const around = ancestors.slice(0, -1).reverse();
    const [parent] = around;
    const put = (text) => found.push(`${name}:${node.loc.start.line} ${text}`);
    if (node.type === 'TemplateLiteral' && parent.type === 'TaggedTemplateExpression') {
      if (parent.tag.name === 'tex') return; // a formula: its words come from outside
      for (const text of markup(node)) put(text);
      return;
    }
    const literal = node.type === 'Literal' && typeof node.value === 'string';
    if (!literal && node.type !== 'TemplateLiteral') return;
    const text = literal ? node.value : node.quasis.map(({ value }) => value.cooked).join('·');
    if (/^(?:Import|Export)/.test(parent.type) || !isPhrase(text) || isCode(text)) return;
    if (around.some(({ type }) => type === 'ThrowStatement')) return;
    if (parent.type === 'CallExpression' && calls(parent, SAYS)) return;
    if (parent.type === 'CallExpression' && /(?:Error|DOMException)$/.test(parent.callee.name))
      return;
    if (parent.type === 'NewExpression') return;
    if (parent.type === 'BinaryExpression' && /^[!=]==?$/.test(parent.operator)) return;
    put(text);
  });
  return found;
}

test('no phrase of the screen stands outside the catalogues', () => {
  assert.deepEqual(files.flatMap(phrasesOf), []);
});

test('every message is written as a literal where it is said', () => {
  const odd = [];
  for (const name of files.filter((each) => each !== 'language/messages.js')) {
    fullAncestor(treeOf(name), (node) => {
      if (!calls(node, SAYS)) return;
      for (const at of MESSAGES[node.callee.name]) {
        const message = node.arguments[at];
        if (message?.type !== 'Literal') odd.push(`${name}:${node.loc.start.line}`);
      }
    });
  }
  assert.deepEqual(odd, []);
});

test('a phrase that is said past the catalogue would be found', () => {
  assert.ok(isPhrase('Now choose a word') && isPhrase('Saved') && !isPhrase('Enter'));
  assert.ok(isCode('hero-words hero-query') && !isCode('of the weight'));
});
