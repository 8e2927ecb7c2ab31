import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  axisTicks,
  columnText,
  escapeMarkup,
  labelEms,
  MOST_TICKS,
  numberText,
  sameTokens,
  scientificText,
  shareText,
  sizeText,
  termText,
  tokenLabel,
  tokenName,
  tokenSpoken,
  visible,
  weightText,
} from '../../static/js/figures/axis.js';

const tokens = (count) => Array.from({ length: count }, (_, i) => ({ text: `t${i}` }));

test('a word from right to left keeps its own direction beside a number', () => {
  assert.equal(tokenName([{ text: 'law' }], 0), 'law (0)');
  for (const text of ['עולם', 'السلام']) {
    assert.equal(tokenName([{ text }], 0), `\u2068${text}\u2069 (0)`);
  }
});

test('every token has its label where there is room', () => {
  const { tickvals, ticktext, step } = axisTicks(tokens(7), { pixels: 700 });
  assert.equal(step, 1);
  assert.deepEqual(tickvals, [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(ticktext, ['t0', 't1', 't2', 't3', 't4', 't5', 't6']);
});

test('equal tokens keep places of their own', () => {
  const repeated = [{ text: 'saw' }, { text: 'a' }, { text: 'saw' }];
  const { tickvals, ticktext } = axisTicks(repeated, { pixels: 300 });
  assert.deepEqual(tickvals, [0, 1, 2]);
  assert.deepEqual(ticktext, ['saw', 'a', 'saw']);
});

test('no axis has more than 48 labels, however long it is', () => {
  for (const count of [49, 128, 509, 4999]) {
    const { tickvals } = axisTicks(tokens(count), { pixels: 1e6 });
    assert.ok(tickvals.length <= MOST_TICKS, `${count}: ${tickvals.length}`);
    assert.ok(tickvals.length > 10, `${count}: ${tickvals.length}`);
  }
});

test('thinned labels carry their position and stand on a round step', () => {
  const { tickvals, ticktext, step } = axisTicks(tokens(509), { pixels: 400, gap: 13 });
  assert.equal(step, 20);
  assert.deepEqual(tickvals.slice(0, 3), [0, 20, 40]);
  assert.equal(ticktext[1], '20 t20');
});

test('a part of an axis keeps the positions of the whole', () => {
  const part = tokens(509).slice(103, 120);
  const { tickvals, ticktext } = axisTicks(part, { pixels: 60, gap: 13, from: 103 });
  assert.deepEqual(tickvals, [105, 110, 115]);
  assert.equal(ticktext[0], '105 t105');
});

test('labels never overlap', () => {
  for (const pixels of [60, 251, 797]) {
    const { step } = axisTicks(tokens(127), { pixels, gap: 13 });
    assert.ok((pixels / 127) * step >= 13 - 1e-9);
  }
});

test('an axis without length is refused', () => {
  assert.throws(() => axisTicks(tokens(3), { pixels: 0 }), /invalid length of an axis: 0/);
});

test('blanks are made visible and nothing is nothing', () => {
  assert.equal(tokenLabel({ text: '\n' }), '⏎');
  assert.equal(tokenLabel({ text: ' ' }), '␣');
  assert.equal(tokenLabel({ text: '' }), '∅');
  assert.equal(tokenLabel({ text: ' law' }), 'law');
});

test('every character that nobody sees has a sign, and a name that is read out', () => {
  const cases = [
    ['\u2009', '␣', 'thin space'],
    ['\u3000', '␣', 'ideographic space'],
    ['\u200b', '‹200B›', 'zero width space'],
    ['\u000c', '␌', 'form feed'],
    ['\u001b', '␛', 'escape'],
    ['\u000b', '␋', 'line tabulation'],
    ['\u007f', '␡', 'character U+007F'],
    ['\u0085', '‹0085›', 'character U+0085'],
    ['\u2028', '⏎', 'line separator'],
    ['\u202e', '‹202E›', 'character U+202E'],
    [' ', '␣', 'space'],
    ['', '∅', 'empty'],
  ];
  for (const [text, sign, name] of cases) {
    assert.equal(tokenLabel({ text }), sign);
    assert.equal(tokenSpoken({ text }), name);
  }
  for (let code = 0; code < 0x10000; code += 1) {
    const text = String.fromCharCode(code);
    if (!/[\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(text)) continue;
    assert.match(tokenLabel({ text }), /^[^\p{Z}\p{C}]+$/u, code.toString(16));
  }
});

test('what joins letters or pictures stays with them, and so do plain spaces', () => {
  for (const text of ['می\u200cخواهم', '👩\u200d👩\u200d👧', 'two words']) {
    assert.equal(visible(text), text);
  }
  assert.equal(visible('a\u202eb\ud800'), 'a‹202E›b\ufffd');
  assert.equal(tokenSpoken({ text: 'a\u200bb' }), 'a zero width space b');
});

test('a long token is cut between characters, never inside one', () => {
  const family = '👩‍👩‍👧';
  assert.equal(tokenLabel({ text: family.repeat(3) }, 3), family.repeat(3));
  assert.equal(tokenLabel({ text: family.repeat(5) }, 3), `${family.repeat(2)}…`);
});

test('a label wants a token, and a name a position that exists', () => {
  assert.throws(() => tokenLabel(undefined), /invalid token/);
  assert.throws(() => tokenName(tokens(3), 5), /invalid position: 5 of 3 tokens/);
  assert.equal(tokenName(tokens(3), 2), 't2 (2)');
});

test('tokens that would be drawn alike are the same, whichever list they are in', () => {
  assert.ok(sameTokens(tokens(3), tokens(3)));
  assert.ok(!sameTokens(tokens(3), tokens(4)));
  assert.ok(!sameTokens(tokens(2), [{ text: 't0' }, { text: 't1', special: true }]));
  assert.ok(!sameTokens(undefined, tokens(1)));
});

test('Chinese characters are given twice the room of Latin ones', () => {
  assert.ok(labelEms('苹果') > 1.7 * labelEms('ab'));
});

test('tags in a token stay text', () => {
  assert.equal(escapeMarkup('</b> & <a>'), '&lt;/b&gt; &amp; &lt;a&gt;');
});

test('numbers keep four significant digits', () => {
  assert.equal(numberText(0.80439901), '0.8044');
  assert.equal(numberText(-6.2055), '−6.205');
  assert.equal(numberText(30.004), '30.00');
  assert.equal(numberText(0), '0');
  assert.equal(numberText(0.00000312), '3.120 × 10⁻⁶');
  assert.equal(numberText(null), '–');
  assert.equal(numberText(Infinity), '∞');
});

test('residuals are written as powers of ten', () => {
  assert.equal(scientificText(1.8e-7), '1.8 × 10⁻⁷');
  assert.equal(scientificText(-2.44e12), '−2.4 × 10¹²');
  assert.equal(scientificText(0), '0');
});

test('a share is never rounded to nothing or to all', () => {
  assert.equal(shareText(0.4142), '41 %');
  assert.equal(shareText(0.033), '3.3 %');
  assert.equal(shareText(0.00001), 'less than 0.1 %');
  assert.equal(shareText(0.99999), 'over 99.9 %');
  assert.equal(shareText(0), '0 %');
  assert.equal(shareText(1), '100 %');
});

test('terms stand beside their sum with its decimals', () => {
  const sum = -0.196511 + 2.060611;
  assert.equal(numberText(sum, 5), '1.8641');
  assert.deepEqual(
    [-0.196511, 2.060611].map((term) => termText(term, sum)),
    ['−0.1965', '2.0606'],
  );
  assert.equal(termText(12.5, 0.5), '12.50000');
  assert.equal(termText(3e-7, 1), numberText(3e-7));
  assert.equal(termText(0.25, 0), '0.2500');
});

test('a weight keeps two digits where two decimals would show nothing', () => {
  const written = [0.80439, 0.005, 0.00431, 0.000041, 0, 1].map(weightText);
  assert.deepEqual(written, ['0.80', '0.01', '0.0043', '4.1 × 10⁻⁵', '0.00', '1.00']);
});

test('a number of a column is short and can be read: no sign of a power stands for e', () => {
  const written = [0.5, -0.00049, 0.0005, 0, NaN].map(columnText);
  assert.deepEqual(written, ['0.500', '−5·10⁻⁴', '0.001', '0.000', '–']);
});

test('a size is told in two digits', () => {
  const written = [260_032, 22_713_216, 60_123, 1_100_000_000, 999_700, 512].map(sizeText);
  assert.deepEqual(written, ['260 K', '23 M', '60 K', '1.1 B', '1 M', '510']);
});
