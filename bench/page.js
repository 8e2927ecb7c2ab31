// Runs in the measured page before its own scripts: notes when its marks reach the screen.
// A mark counts once the frame that holds it has been drawn: next frame, then the next task.
(() => {
  const noted = [];
  const drawn = (tell) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => tell(performance.now());
      channel.port2.postMessage(null);
    });
  const mark = performance.mark.bind(performance);
  performance.mark = (name, options) => {
    if (name.startsWith('headlight:')) {
      const note = { name: name.slice('headlight:'.length), at: performance.now(), drawn: null };
      noted.push(note);
      if (note.name === 'answer') return mark(name, options);
      drawn((now) => {
        note.drawn = now;
        // So told, it is known without a script of the driver's in the page.
        console.debug(`bench:${note.name}`);
      });
    }
    return mark(name, options);
  };
  for (const type of ['pointermove', 'click']) {
    addEventListener(type, (event) => noted.push({ name: type, at: event.timeStamp, drawn: null }), {
      capture: true,
    });
  }
  window.bench = {
    noted,
    drawn,
    /** The bare page: the same bytes, one grey pixel each, on one canvas. */
    async bare(body) {
      const answer = await fetch('/api/v1/overview', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const buffer = await answer.arrayBuffer();
      const begun = performance.now();
      const length = new DataView(buffer).getUint32(0, true);
      const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
      const { layers, heads, rows, cols } = header.kinds[0];
      const bytes = new Uint8Array(buffer, 4 + length);
      const canvas = document.createElement('canvas');
      canvas.width = heads * cols;
      canvas.height = layers * rows;
      document.body.replaceChildren(canvas);
      const image = new ImageData(canvas.width, canvas.height);
      const pixels = new Uint32Array(image.data.buffer);
      for (let tile = 0, at = 0; tile < layers * heads; tile += 1) {
        const left = (tile % heads) * cols;
        const top = Math.floor(tile / heads) * rows;
        for (let row = 0; row < rows; row += 1) {
          const start = (top + row) * canvas.width + left;
          for (let col = 0; col < cols; col += 1, at += 1) {
            pixels[start + col] = 0xff000000 | (bytes[at] * 0x010101);
          }
        }
      }
      canvas.getContext('2d').putImageData(image, 0, 0);
      return new Promise((tell) => drawn((now) => tell(now - begun)));
    },
  };
})();
