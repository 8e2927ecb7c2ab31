// What a head was taught, in the words of the page. Pure.

const ABOUT = {
  parent: 'Trained to point from each word to its syntactic parent',
  antecedent: 'Trained to point from a pronoun to what it refers to',
};
const FREE = 'Free: what it does here, nobody trained it to do';

/**
 * @param {{taught: string|null}|null} head
 * @param {readonly {taught: string|null}[]} heads all of the model: where none was taught there
 *   is nothing to say
 * @returns {{text: string, about: string, taught: boolean}|null}
 */
export function taughtOf(head, heads) {
  if (!head || !heads.some(({ taught }) => taught)) return null;
  const { taught } = head;
  return taught
    ? { text: `taught: ${taught}`, about: ABOUT[taught], taught: true }
    : { text: 'free', about: FREE, taught: false };
}
