// When the page is drawn: once a frame at most, however many answers arrive.

import { afterFrame } from './dom.js';

/** @param {() => void} draw everything */
export function createScheduler(draw) {
  let frame = 0;
  let taken = false;
  let due = false;
  /** @type {(() => void)[]} */
  const held = [];

  function redraw() {
    due = true;
    if (!taken) frame ||= requestAnimationFrame(flush);
  }

  function flush() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!due) return;
    due = false;
    draw();
  }

  return {
    redraw,
    /** Draws at once what waits for a frame. */
    flush,
    /** One part is painted at once and has the coming frame to itself; all else comes after. */
    alone(paint) {
      paint();
      cancelAnimationFrame(frame);
      frame = 0;
      taken = true;
      afterFrame(() => {
        taken = false;
        for (const go of held.splice(0)) go();
        redraw();
      });
    },
    /** Resolves at once, or after the frame that one part has to itself: for work that can wait. */
    quiet: () => (taken ? new Promise((go) => held.push(() => go(undefined))) : Promise.resolve()),
  };
}
