// What pages use of other people's code, as files that a browser runs unbuilt (`npm run vendor`).
// They are committed: a checkout or a wheel without Node still has them.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PLACE = `${ROOT}static/vendor/`;
/** What pages use of each package. */
const PARTS = [
  "export { html, nothing, render, svg } from 'lit-html'",
  "export { guard } from 'lit-html/directives/guard.js'",
  "export { live } from 'lit-html/directives/live.js'",
  '',
].join(';\n');

/** The text of lit-html.js, made of the installed package. */
export async function litHtml() {
  const { outputFiles } = await build({
    stdin: { contents: PARTS, resolveDir: ROOT },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'inline',
    write: false,
  });
  return outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(PLACE, { recursive: true });
  await writeFile(`${PLACE}lit-html.js`, await litHtml());
  await writeFile(`${PLACE}lit-html.d.ts`, PARTS);
  await copyFile(`${ROOT}node_modules/lit-html/LICENSE`, `${PLACE}lit-html.LICENSE`);
}
