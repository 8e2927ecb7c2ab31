// Texts to begin with. Each sets what it needs to be seen at its best.

import { t } from '../language/messages.js';
import { inspector } from './addresses/inspector.js';

/** In our own model, which reads Chinese as well, at the head that it opens on. */
const SMALL = { model: 'small', kind: null, layer: null, head: null, more: [] };
const ANIMAL = "The animal didn't cross the street because it was too";

/** @type {readonly {label: string, choices?: string[], states: readonly (Partial<import('./addresses/inspector.js').State> & {text: string})[]}[]} */
export const EXAMPLES = Object.freeze([
  { label: 'The Law', states: [inspector.WELCOME] },
  {
    label: 'I saw a saw',
    states: [{ ...SMALL, text: 'I saw a saw', query: 'a', key: '@s0:8-11' }],
  },
  {
    label: '苹果很好吃',
    states: [{ ...SMALL, text: '苹果很好吃，我买了三斤。', query: '好吃', key: '苹果' }],
  },
  {
    label: 'The animal was too',
    choices: ['tired', 'wide'],
    states: [
      { text: `${ANIMAL} tired.`, query: 'it', key: 'animal' },
      { text: `${ANIMAL} wide.`, query: 'it', key: 'street' },
    ],
  },
  {
    label: t('Question and passage'),
    states: [
      {
        text: 'Who wrote the first computer program?',
        text_pair:
          'In 1843 Ada Lovelace published notes on the Analytical Engine. ' +
          'They hold what many call the first computer program.',
        query: 'Who',
        key: 'Ada',
      },
    ],
  },
]);
