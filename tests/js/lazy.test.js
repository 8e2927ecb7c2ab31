import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lazyPart } from '../../static/js/core/lazy.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const wanted = ({ show }) => show;

function part({ fails = 0 } = {}) {
  const seen = [];
  let loads = 0;
  const load = async () => {
    loads += 1;
    if (loads <= fails) throw new Error('no answer');
    return () => ({ update: (props) => seen.push(props) });
  };
  return { seen, loads: () => loads, ...lazyPart(null, load, {}, wanted) };
}

test('its code is not fetched before there is something to show', async () => {
  const { update, loads, seen } = part();
  update({ show: false });
  await turn();
  assert.equal(loads(), 0);
  assert.deepEqual(seen, []);
});

test('it is fetched once, and then shows the latest', async () => {
  const { update, loads, seen } = part();
  update({ show: true, n: 1 });
  update({ show: true, n: 2 });
  await turn();
  update({ show: false, n: 3 });
  assert.equal(loads(), 1);
  assert.deepEqual(
    seen.map(({ n }) => n),
    [2, 3],
  );
});

test('where fetching fails, the next drawing asks again', async () => {
  const { update, loads, seen } = part({ fails: 1 });
  update({ show: true });
  await turn();
  update({ show: true });
  await turn();
  assert.equal(loads(), 2);
  assert.equal(seen.length, 1);
});
