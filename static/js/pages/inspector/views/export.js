// What can be taken away: pictures, numbers, and the code that makes them.

import { html, icon } from '../../../core/template.js';
import { t } from '../../../language/messages.js';
import { actionMenu } from '../../../parts/menu.js';

const ITEMS = [
  { name: 'png', label: t('Picture, PNG'), about: t('the heatmap, titled, twice its pixels') },
  { name: 'svg', label: t('Picture, SVG'), about: t('the same for print, light and sharp') },
  {
    name: 'links-png',
    label: t('Links, PNG'),
    about: t('as they are drawn, of a pinned token alone'),
  },
  { name: 'links-svg', label: t('Links, SVG'), about: t('the same for print, light and sharp') },
  {
    name: 'slide',
    label: t('Slide, PNG'),
    about: t('16 : 9, the sentence, its arcs and this picture'),
  },
  {
    name: 'heatmap',
    label: t('Plotly figure, heatmap'),
    about: t('live, JSON: plotly.io.read_json'),
  },
  {
    name: 'links',
    label: t('Plotly figure, links'),
    about: t('the strongest links of each token'),
  },
  { name: 'csv', label: t('Pattern, CSV'), about: t('one row a query') },
  { name: 'npz', label: t('Arrays, NPZ'), about: t('pattern, scores, q, k, v, z for numpy') },
  { name: 'curl', label: t('Copy as curl'), about: t('the request behind this head') },
  {
    name: 'python',
    label: t('Copy as Python'),
    about: t('a script that prints the number on screen'),
  },
  { name: 'link', label: t('Copy the link'), about: t('reopens this very picture') },
];

/** What is said of another layer than the pattern. */
const ofLayer = ({ label, title }) => ({
  csv: [t('{name}, CSV', { name: label }), t('one row a query')],
  npz: [t('Arrays, NPZ'), t('{name}, for numpy', { name: title.toLowerCase() })],
  curl: [t('Copy as curl'), t('the request behind this picture')],
  python: [t('Copy as Python'), t('asks this server; prints a number on screen')],
});

/**
 * @param {{onExport: (name: string) => Promise<string>, layer?: () => {label: string, title: string}|null}} callbacks
 *   the promise tells what was done; `layer` is on screen in place of the pattern
 */
export function exportMenu({ onExport, layer = () => null }) {
  const items = () => {
    const shown = layer();
    const other = shown ? ofLayer(shown) : {};
    return ITEMS.map((item) => {
      const [label, about] = other[item.name] ?? [item.label, item.about];
      return { name: item.name, label, about };
    });
  };
  const face = html`${t('Export')}${icon('down')}`;
  return actionMenu({ label: t('Export'), face, items, onChoose: onExport });
}
