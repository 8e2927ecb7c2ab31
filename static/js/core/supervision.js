// What a head was taught, in the words of the page. Pure.

import { t } from '../language/messages.js';

const ABOUT = {
  parent: t('Trained to point from each word to its syntactic parent'),
  antecedent: t('Trained to point from a pronoun to what it refers to'),
};
const NAMES = { parent: t('supervised: parent'), antecedent: t('supervised: antecedent') };
const TASKS = { parent: t('parent'), antecedent: t('antecedent') };
const FREE = t('Free: what it does here, nobody trained it to do');

/**
 * @param {{supervised: string|null}|null} head
 * @param {readonly {supervised: string|null}[]} heads all of the model: where none was taught there
 *   is nothing to say
 * @returns {{text: string, task: string, about: string, supervised: boolean}|null}
 */
export function supervisionOf(head, heads) {
  if (!head || !heads.some(({ supervised }) => supervised)) return null;
  const { supervised } = head;
  return supervised
    ? {
        text: NAMES[supervised],
        task: TASKS[supervised],
        about: ABOUT[supervised],
        supervised: true,
      }
    : { text: t('free'), task: t('free'), about: FREE, supervised: false };
}
