// Minimal pairs to begin with. Each changes one place, and names the word to watch.

import { t } from '../language/messages.js';

const ANIMAL = "The animal didn't cross the street because it was too";
const TROPHY = "The trophy doesn't fit into the suitcase because it is too";

/**
 * `model`: one that reads this language, where the server's default may not.
 * @type {readonly {label: string, about: string, state: {text: string, other: string, query: string, model?: string}}[]}
 */
export const EXAMPLES = Object.freeze([
  {
    label: 'tired / wide',
    about: t('What “it” is: the animal, or the street'),
    state: {
      text: `${ANIMAL} tired.`,
      other: `${ANIMAL} wide.`,
      query: 'it',
    },
  },
  {
    label: 'big / small',
    about: t('What “it” is: the trophy, or the suitcase (after Winograd 1972)'),
    state: {
      text: `${TROPHY} big.`,
      other: `${TROPHY} small.`,
      query: 'it',
    },
  },
  {
    label: 'feared / advocated',
    about: t('Who “they” are: the councilmen, or the demonstrators (Winograd 1972)'),
    state: {
      text: 'The city councilmen refused the demonstrators a permit because they feared violence.',
      other:
        'The city councilmen refused the demonstrators a permit because they advocated violence.',
      query: 'they',
    },
  },
  {
    label: 'are / is',
    about: t('A verb that agrees with its subject, or with the noun before it'),
    state: {
      text: 'The keys to the cabinet are on the table.',
      other: 'The keys to the cabinet is on the table.',
      query: 'keys',
    },
  },
  {
    label: 'good / not good',
    about: t('One word more turns the sentence round'),
    state: { text: 'The film was good.', other: 'The film was not good.', query: 'film' },
  },
  {
    label: 'raced / ridden',
    about: t('A sentence that leads down the garden path, and one that does not (Bever 1970)'),
    state: {
      text: 'The horse raced past the barn fell.',
      other: 'The horse ridden past the barn fell.',
      query: 'fell',
    },
  },
  {
    label: 'telescope / beard',
    about: t('Who has it: she, who saw with it, or the man'),
    state: {
      text: 'She saw the man with the telescope.',
      other: 'She saw the man with the beard.',
      query: 'with',
    },
  },
  {
    label: 'river / money',
    about: t('Two meanings of “bank”'),
    state: {
      text: 'They walked to the bank because they needed the river.',
      other: 'They walked to the bank because they needed the money.',
      query: 'bank',
    },
  },
  {
    label: '好吃 / 好用',
    about: t('An apple to eat, or an Apple to use'),
    state: {
      text: '这个苹果很好吃，我很喜欢。',
      other: '这个苹果很好用，我很喜欢。',
      query: '苹果',
      model: 'small',
    },
  },
]);
