// Bundles the modules of each page into static/bundle (`npm run bundle`), and says of what:
// manifest.json holds the hash of every source, so that a server never sends a bundle of others. Beside
// it lies Plotly's own bundle of cartesian charts, of the same version as Python's package has.

import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url);
const STATIC = new URL('static/', ROOT);
/** "static/js/core/api.js" -> "js/core/api.js", as the server names it. */
const named = (path) => path.slice('static/'.length);

/** A page's main.js with what it imports, and beside it what it imports later. */
async function bundle(page) {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(ROOT),
    entryPoints: [`static/js/pages/${page}/main.js`],
    outdir: `static/bundle/${page}`,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: true,
    metafile: true,
  });
  const main = `static/bundle/${page}/main.js`;
  const first = metafile.outputs[main].imports.filter(({ kind }) => kind === 'import-statement');
  return {
    sources: Object.keys(metafile.inputs).map(named),
    modules: [...first.map(({ path }) => path), main].map(named),
  };
}

await rm(new URL('bundle', STATIC), { recursive: true, force: true });
const pages = await readdir(new URL('js/pages/', STATIC));
const made = await Promise.all(pages.map(async (page) => [page, await bundle(page)]));
const sources = [...new Set(made.flatMap(([, one]) => one.sources))].sort();
const hashes = sources.map(async (name) => {
  const body = await readFile(new URL(name, STATIC));
  return [name, createHash('sha256').update(body).digest('hex')];
});
const manifest = {
  sources: Object.fromEntries(await Promise.all(hashes)),
  pages: Object.fromEntries(made.map(([page, { modules }]) => [page, modules])),
};
// The charts that the pages draw, a third of the whole library in bytes and less than half in time.
await copyFile(
  new URL('node_modules/plotly.js-cartesian-dist-min/plotly-cartesian.min.js', ROOT),
  new URL('bundle/plotly.min.js', STATIC),
);
await writeFile(new URL('bundle/manifest.json', STATIC), JSON.stringify(manifest, null, 2));
