// What few visits see, in one file: its code comes when the first of it is wanted. One file shares what
// it needs with the page in one other, where each by itself would share it in a dozen.

export { linksImage } from './links-image.js';
export { slideImage } from './slide.js';
export { ablationsView } from './views/ablations.js';
export { attributionView } from './views/attribution.js';
export { editListView } from './views/edit-list.js';
export { faithfulnessView } from './views/faithfulness.js';
export { outputsView } from './views/outputs.js';
