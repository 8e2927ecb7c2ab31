import assert from 'node:assert/strict';
import { test } from 'node:test';

// lit-html looks for a document when it is loaded; what is tested here makes no element.
globalThis.document = /** @type {any} */ ({ createTreeWalker: () => ({}), createComment() {} });
const { classes, html, when } = await import('../../static/js/core/template.js');

const written = ({ strings }) => strings.join('|');

test('how a template is laid out in the source shows nowhere', () => {
  const [name, cells] = ['x', 'y'];
  const made = html`<tr class=${name}
      title="a > b">
    <th>one
      row</th>
    ${cells}
    <td>two </td>
  </tr>`;
  assert.equal(
    written(made),
    '<tr class=|\n      title="a > b"><th>one row</th>|<td>two </td></tr>',
  );
});

test('blanks of a line stay, and the same template stays the same', () => {
  const draw = (value) => html`at ${value} of <b>2</b> `;
  assert.equal(written(draw(1)), 'at | of <b>2</b> ');
  assert.equal(draw(1).strings, draw(2).strings);
});

test('what does not hold is not there', () => {
  assert.equal(classes('card', false, undefined, 'is-on', ''), 'card is-on');
  assert.equal(
    when(1, () => 'there'),
    'there',
  );
  assert.equal(typeof when(0, () => 'there'), 'symbol');
});
