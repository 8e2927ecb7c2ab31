import assert from 'node:assert/strict';
import { test } from 'node:test';

import { tex } from '../../static/js/figures/math.js';

/** A tree without its tags of layout, as a string: x_i -> x_i, a fraction -> (a)/(b). */
function plain(tree) {
  if (!Array.isArray(tree)) return tree;
  const [tag, ...rest] = tree;
  const parts = rest.filter((part) => typeof part === 'string' || Array.isArray(part)).map(plain);
  if (tag === 'msub') return `${parts[0]}_${parts[1]}`;
  if (tag === 'msup') return `${parts[0]}^${parts[1]}`;
  if (tag === 'msubsup') return `${parts[0]}_${parts[1]}^${parts[2]}`;
  if (tag === 'mfrac') return `(${parts[0]})/(${parts[1]})`;
  if (tag === 'msqrt') return `√(${parts[0]})`;
  if (tag === 'munder') return `∑[${parts[1]}]`;
  return parts.join('');
}
const read = (trees) => trees.map(plain).join(' ');

test('a formula is read as LaTeX has it', () => {
  assert.equal(read(tex`y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}`), 'y_i = (e^x_i)/(∑[j]e^x_j)');
  assert.equal(read(tex`\sqrt{d_{head}} \times z^2_i`), '√(d_head) × z_i^2');
  assert.equal(read(tex`\delta_{i j} - \partial x`), 'δ_ij − ∂ x');
});

test('letters that stand together are one name, a number before one is a factor', () => {
  assert.deepEqual(tex`softmax(2a)`, [
    ['mi', 'softmax'],
    ['mo', '('],
    ['mn', '2'],
    ['mi', 'a'],
    ['mo', ')'],
  ]);
});

test('what stands in it from outside is a number, or words', () => {
  assert.deepEqual(tex`${12} + ${'the sum'}`, [
    ['mn', '12'],
    ['mo', '+'],
    ['mtext', 'the sum'],
  ]);
  assert.equal(read(tex`y_${3}`), 'y_3');
});

test('what is not understood is an error, not half a formula', () => {
  assert.throws(() => tex`\frac{a}{b`, /a brace is open/);
  assert.throws(() => tex`\alchemy`, /\\alchemy is not known/);
});
