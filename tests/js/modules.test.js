import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');

const TEMPLATES = readdirSync(new URL('templates/', ROOT)).map((name) => ({
  name,
  template: read(`templates/${name}`),
}));

/** Every page that runs a module: its template, and the module's path. */
const PAGES = TEMPLATES.flatMap(({ name, template }) => {
  const found = /<script type="module" src="\{\{ static \}\}\/([^"]+)"/.exec(template);
  return found ? [{ name, template, main: found[1] }] : [];
});

/** A page's module and everything that it imports, however far away. */
function imported(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, target] of read(path).matchAll(/^(?:import|export)\s[^;]*?from\s+'(\.[^']+)'/gms)) {
    imported(new URL(target, new URL(path, ROOT)).href.slice(ROOT.href.length), found);
  }
  return found;
}

test('the inspector, the walk and the comparison are among the pages that run modules', () => {
  const names = PAGES.map(({ name }) => name);
  for (const name of ['index.html', 'walk.html', 'compare.html']) assert.ok(names.includes(name));
});

test('head, masthead and footer are written once: every page fills the blocks of one', () => {
  for (const { name, template } of TEMPLATES) {
    if (name === 'page.html') continue;
    assert.match(template, /^\{% extends "page\.html" %\}\n/, name);
    assert.doesNotMatch(template, /<(?:html|head|header|footer|noscript)\b/, name);
  }
});

test('a page asks for every module at once, not one import after another', () => {
  for (const { name, template, main } of PAGES) {
    const asked = template.matchAll(/rel="modulepreload" href="\{\{ static \}\}\/([^"]+)"/g);
    const wanted = [...imported(`static/${main}`)].map((path) => path.slice('static/'.length));
    assert.deepEqual(
      Array.from(asked, ([, path]) => path).sort(),
      wanted.filter((path) => path !== main).sort(),
      name,
    );
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
