// What a head was taught, in the words of the page. Pure.

const ABOUT = {
  parent: 'Trained to point from each word to its syntactic parent',
  antecedent: 'Trained to point from a pronoun to what it refers to',
};
const FREE = 'Free: what it does here, nobody trained it to do';

/**
 * @param {{supervised: string|null}|null} head
 * @param {readonly {supervised: string|null}[]} heads all of the model: where none was taught there
 *   is nothing to say
 * @returns {{text: string, about: string, supervised: boolean}|null}
 */
export function supervisionOf(head, heads) {
  if (!head || !heads.some(({ supervised }) => supervised)) return null;
  const { supervised } = head;
  return supervised
    ? { text: `supervised: ${supervised}`, about: ABOUT[supervised], supervised: true }
    : { text: 'free', about: FREE, supervised: false };
}
