// Keeps the English texts beside the source: every t('key', 'text') of src/ goes into
// locales/en-US, keys nobody uses any more go out of both languages, and what Japanese
// lacks is listed (exit code 1). Run it after a text has changed: npm run texts
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const src = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** Every text of the source by its key. */
export function textsOf(folder = src) {
  const found = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || /\.test\./.test(entry.name)) {
      continue;
    }
    const code = readFileSync(path.join(entry.parentPath ?? entry.path, entry.name), 'utf8');
    for (const [, key, single, double] of code.matchAll(/\bt\(\s*'([a-z0-9.-]+)',\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)) {
      const text = (single ?? double).replace(/\\(.)/g, '$1');
      if (found.has(key) && found.get(key) !== text) {
        throw new Error(`${key} is "${found.get(key)}" in one place and "${text}" in another: one key, one text`);
      }
      found.set(key, text);
    }
  }
  return found;
}

/** The leaves of a file of texts, by dotted keys. */
export function leaves(tree, prefix = '', found = new Map()) {
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string') {
      found.set(prefix + name, value);
    } else {
      leaves(value, `${prefix}${name}.`, found);
    }
  }
  return found;
}

/** The placeholders of a text, in order of their names. */
export function placeholders(text) {
  return [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort().join(' ');
}

export const fileOf = (language) => path.join(src, 'locales', language, 'mimamori-noc-app.json');

export function read(language) {
  return leaves(JSON.parse(readFileSync(fileOf(language), 'utf8')));
}

function write(language, texts) {
  const tree = {};
  for (const key of [...texts.keys()].sort()) {
    const parts = key.split('.');
    let node = tree;
    for (const part of parts.slice(0, -1)) {
      node = node[part] ??= {};
    }
    node[parts.at(-1)] = texts.get(key);
  }
  writeFileSync(fileOf(language), JSON.stringify(tree, null, 2) + '\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const english = textsOf();
  const japanese = new Map([...read('ja-JP')].filter(([key]) => english.has(key)));
  write('en-US', english);
  write('ja-JP', japanese);
  const missing = [...english].filter(([key]) => !japanese.has(key));
  for (const [key, text] of missing) {
    console.error(`ja-JP lacks ${key}: ${text}`);
  }
  process.exitCode = missing.length > 0 ? 1 : 0;
}
