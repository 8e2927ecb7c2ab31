import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeCanvas } from '../../static/js/core/draw.js';
import { SvgCanvas } from '../../static/js/core/svg-canvas.js';

test('what is painted is written as shapes, in the order in which it was painted', () => {
  const canvas = new SvgCanvas();
  const context = sizeCanvas(canvas, 100, 50);
  context.fillStyle = 'rgb(1, 2, 3)';
  context.fillRect(1, 2.345, 30, 4);
  context.strokeStyle = 'rgba(4, 5, 6, 0.25)';
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(0, 0);
  context.bezierCurveTo(1, 2, 3, 4, 5, 6);
  context.stroke();
  assert.equal(
    canvas.inner,
    '<rect x="1" y="2.35" width="30" height="4" fill="rgb(1, 2, 3)"/>' +
      '<path d="M0 0C1 2 3 4 5 6" fill="none" stroke="rgb(4, 5, 6)" stroke-opacity="0.25" stroke-width="2"/>',
  );
  assert.deepEqual([canvas.width, canvas.height], [100, 50]);
});

test('letters stand where a canvas would set them, and say their own signs', () => {
  const context = sizeCanvas(new SvgCanvas(), 100, 50);
  context.font = '600 11px "A Face", serif';
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText('a < b', 40, 20);
  assert.equal(
    context.inner,
    '<text x="40" y="23.85" font-size="11" font-weight="600" font-family="&quot;A Face&quot;, serif" fill="#000" text-anchor="end">a &lt; b</text>',
  );
});

test('a turned label stands at the place where the origin was moved to', () => {
  const context = sizeCanvas(new SvgCanvas(), 100, 50);
  context.save();
  context.translate(30, 40);
  context.rotate(-Math.PI / 2);
  context.translate(10, 0); // along the turned line: upwards
  context.fillRect(0, 0, 1, 1);
  context.restore();
  context.fillRect(0, 0, 1, 1);
  const [turned, plain] = context.inner.split(/(?<=\/>)/);
  assert.match(turned, /transform="translate\(30 30\) rotate\(-90\)"/);
  assert.doesNotMatch(plain, /transform/);
});

test('a canvas that gets its size again is clean', () => {
  const canvas = new SvgCanvas();
  sizeCanvas(canvas, 10, 10).fillRect(0, 0, 1, 1);
  assert.equal(sizeCanvas(canvas, 20, 20).inner, '');
});

test('a font that is not understood is refused, not guessed', () => {
  const context = sizeCanvas(new SvgCanvas(), 10, 10);
  context.font = 'large serif';
  assert.throws(() => context.fillText('a', 0, 0), /invalid font: large serif/);
});
