export { html, nothing, render, svg } from 'lit-html';
export { guard } from 'lit-html/directives/guard.js';
export { live } from 'lit-html/directives/live.js';
