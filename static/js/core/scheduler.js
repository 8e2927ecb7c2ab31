// When the page is drawn: once a frame at most, however many answers arrive.

import { afterFrame } from './dom.js';

/** @param {() => void} draw everything */
export function createScheduler(draw) {
  let frame = 0;
  let taken = false;
  /** @type {(() => void)[]} */
  const held = [];

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
        for (const go of held.splice(0)) go();
        render();
      });
    },
    /** Resolves at once, or after the frame that one part has to itself: for work that can wait. */
    quiet: () => (taken ? new Promise((go) => held.push(() => go(undefined))) : Promise.resolve()),
  };
}
