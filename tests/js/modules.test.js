import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');

/** main.js and everything that it imports, however far away. */
function imported(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, target] of read(path).matchAll(/^(?:import|export)\s[^;]*?from\s+'(\.[^']+)'/gms)) {
    imported(new URL(target, new URL(path, ROOT)).href.slice(ROOT.href.length), found);
  }
  return found;
}

test('the page asks for every module at once, not one import after another', () => {
  const template = read('templates/index.html');
  const asked = template.matchAll(/rel="modulepreload" href="\{\{ static \}\}\/([^"]+)"/g);
  const wanted = [...imported('static/js/main.js')].map((path) => path.slice('static/'.length));
  assert.deepEqual(
    Array.from(asked, ([, path]) => path).sort(),
    wanted.filter((path) => path !== 'js/main.js').sort(),
  );
});

test('the page holds no script of its own: what it says to scripts is in attributes', () => {
  const template = read('templates/index.html');
  for (const [, attributes, body] of template.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
    assert.match(attributes, /src="/);
    assert.equal(body, '');
  }
  assert.doesNotMatch(template, /\son\w+=|\sstyle=|javascript:/);
});
