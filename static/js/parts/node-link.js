/** A graph as nodes and edges: a node is pressed to be looked from. */

import { classes, html, svg } from '../core/template.js';

const RADIUS = 11;
const FAINT = 0.45; // of a node that might as well be of the other group

/**
 * @param {string} name
 * @param {{size: number, nodes: any[], lines: any[]}} drawing see figures/lessons/graphs.js
 * @param {{say: (node: any) => string, short: (name: string) => string, onChoose: (node: number) => void}} options
 */
export function nodeLink(name, { size, nodes, lines }, { say, short, onChoose }) {
  const line = ({ from, to, weight, state }) =>
    svg`<line class=${classes('graph-edge', `is-${state}`, weight !== null && 'is-open')}
      x1=${from.x} y1=${from.y} x2=${to.x} y2=${to.y}
      style=${weight === null ? '' : `stroke-width: ${(1 + 9 * weight).toFixed(2)}`}></line>`;
  const choose = (node) => (event) => {
    if (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onChoose(node);
  };
  const circle = (
    node,
  ) => svg`<g class=${classes('graph-node', node.chosen && 'is-chosen', node.wrong && 'is-wrong', node.told && 'is-told')}
      role="button" tabindex="0" aria-pressed=${node.chosen} aria-label=${say(node)}
      @click=${choose(node.node)} @keydown=${choose(node.node)}><title>${say(node)}</title>
    <circle cx=${node.x} cy=${node.y} r=${RADIUS} class="graph-ground"></circle>
    <circle cx=${node.x} cy=${node.y} r=${RADIUS} class="graph-group-${node.group}"
      style="fill-opacity: ${(FAINT + (1 - FAINT) * (2 * node.share - 1)).toFixed(3)}"></circle>
    <text x=${node.x} y=${node.y} class="graph-label">${short(node.name)}</text></g>`;
  return html`<figure class="node-link"><svg viewBox="0 0 ${size} ${size}" role="group" aria-label=${name}>
    ${lines.map(line)}${nodes.map(circle)}</svg></figure>`;
}
