// The lessons by their slugs: each brings its code when it is opened.

/**
 * @typedef {object} Props what a step is drawn of
 * @property {any} state as the address says it
 * @property {(name: string) => any} answer of a query; null: it is not there
 * @property {any} theme
 * @property {boolean} [paper] it is for a worksheet: what a picture keeps on the page stays there
 *
 * @typedef {object} Prediction asked before it is shown
 * @property {string} question
 * @property {readonly string[]} options
 * @property {number} right which of them
 * @property {any} change the change of state that shows it, or what makes it of the props
 * @property {boolean} [pictureLast] the picture is the answer: it comes after the guess
 * @property {(props: Props) => string} explanation what came out, and why
 *
 * @typedef {object} Step
 * @property {string} short its name in the way through the lesson
 * @property {string} title
 * @property {readonly string[]} needs the queries without which it is not drawn
 * @property {(props: Props) => any[][]} formula trees, one a line
 * @property {(props: Props) => any} prose
 * @property {(props: Props) => any} [controls]
 * @property {(props: Props) => any} picture
 * @property {(props: Props) => import('../../figures/walk/entries.js').Entry|null} [entry] null: none as it stands
 * @property {Prediction} [prediction]
 *
 * @typedef {object} Lesson
 * @property {(state: any) => void} ask what its steps need
 * @property {readonly Step[]} steps
 * @property {readonly {claim: string, answer: string}[]} mistakes what is often thought, and what is so
 * @property {(state: any) => string} inspect the address of a real head of which this is true
 * @property {string} model that is asked, as a person calls it
 *
 * @typedef {object} LessonModule
 * @property {import('../../core/address.js').Address<any>} address
 * @property {(page: {api: any, queries: any, store: any, ask: (slot: string, sent: any, path?: string) => void}) => Lesson} createLesson
 *   `ask`: for numbers of POST /learn/<path>, its own if not given, in a slot
 */

/** @type {Record<string, () => Promise<LessonModule>>} */
export const LESSONS = {
  pooling: () => import('./lessons/pooling.js'),
  softmax: () => import('./lessons/softmax.js'),
  scale: () => import('./lessons/scale.js'),
  scores: () => import('./lessons/scores.js'),
  heads: () => import('./lessons/heads.js'),
  order: () => import('./lessons/order.js'),
  masks: () => import('./lessons/masks.js'),
  taggers: () => import('./lessons/taggers.js'),
  graphs: () => import('./lessons/graphs.js'),
  images: () => import('./lessons/images.js'),
  convolution: () => import('./lessons/convolution.js'),
};
