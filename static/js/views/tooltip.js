/** One floating note beside the pointer. What it says is in a picture's live text too. */

const AWAY = 14;

/**
 * @param {HTMLElement} root where the note is appended; it is placed against the window
 * @returns {{show(content: {title: string, value: string, rows: [string, string][], color?: string},
 *   at: {x: number, y: number}): void, hide(): void, destroy(): void}} `at` in client pixels
 */
export function tooltipView(root) {
  const note = document.createElement('div');
  note.className = 'figure-tooltip';
  note.setAttribute('aria-hidden', 'true');
  note.hidden = true;
  root.append(note);

  function show({ title, value, rows, color }, { x, y }) {
    note.replaceChildren();
    const heading = element('div', 'figure-tooltip-title', title);
    if (color) heading.style.setProperty('--swatch', color);
    note.append(heading, element('div', 'figure-tooltip-value', value));
    for (const [name, text] of rows) {
      const row = element('div', 'figure-tooltip-row');
      row.append(element('span', 'figure-tooltip-name', name), element('bdi', '', text));
      note.append(row);
    }
    note.hidden = false;
    const { width, height } = note.getBoundingClientRect();
    const left = x + AWAY + width > innerWidth - 8 ? x - AWAY - width : x + AWAY;
    const top = y + AWAY + height > innerHeight - 8 ? y - AWAY - height : y + AWAY;
    note.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }

  function hide() {
    note.hidden = true;
  }

  return { show, hide, destroy: () => note.remove() };
}

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
