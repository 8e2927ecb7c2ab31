// When the page is drawn: once a frame at most, however many answers arrive.

import { afterFrame } from './controls/dom.js';

/** @param {() => void} draw everything */
export function createFrames(draw) {
  let frame = 0;
  let taken = false;

  function render() {
    if (taken) return;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  }

  return {
    render,
    /** One part is painted at once and has the coming frame to itself; all else comes after. */
    alone(paint) {
      paint();
      cancelAnimationFrame(frame);
      frame = 0;
      taken = true;
      afterFrame(() => {
        taken = false;
        render();
      });
    },
  };
}
