import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');

const TEMPLATES = readdirSync(new URL('templates/', ROOT)).map((name) => ({
  name,
  template: read(`templates/${name}`),
}));

test('head, masthead and footer are written once: every page fills the blocks of one', () => {
  for (const { name, template } of TEMPLATES) {
    if (name === 'page.html') continue;
    assert.match(template, /^\{% extends "page\.html" %\}\n/, name);
    assert.doesNotMatch(template, /<(?:html|head|header|footer|noscript)\b/, name);
  }
});

test('a page holds no script of its own: what it says to scripts is in attributes', () => {
  for (const { name, template } of TEMPLATES) {
    for (const [, attributes, body] of template.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
      assert.match(attributes, /src="/, name);
      assert.equal(body, '', name);
    }
    assert.doesNotMatch(template, /\son\w+=|\sstyle=|javascript:/, name);
  }
});
