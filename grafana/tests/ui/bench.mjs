// make bench-ui: how soon pages show something, and their figures, over a store with many devices.
//   node tests/ui/bench.mjs [devices=2000] [times=10] [only=wall,site]
// It prints; nothing fails by a figure, which is the machine's as much as the pages'.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { addressOf, openPage, startBrowser, WAITING } from './browser.mjs';
import { MENU, placeOf, ROOT } from './pages.mjs';

const MARK = 1500; // milliseconds
const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const { devices = '2000', times = '10', only } = Object.fromEntries(process.argv.slice(2).map((each) => each.split('=')));

// The names that the store is filled with.
const CUSTOMER = { customer: 'customer-7' };
const SITE = { ...CUSTOMER, site: 'site-2' };
const DEVICE = { ...SITE, device: `device-${Math.floor(Number(devices) / 200) * 30}` };
const PAGES = { ...Object.fromEntries(MENU.map((name) => [name, `${ROOT}/${name}`])), customer: placeOf(CUSTOMER), site: placeOf(SITE), device: placeOf(DEVICE) };

const children = [];

/** Starts a program that ends with its standard input, and waits for the line of JSON that it prints. */
async function started(program, args, options) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) {
      child.stdout.resume();
      return JSON.parse(line);
    }
  }
  throw new Error(`${program} ended without a word`);
}

/** Opens a page and says when it painted first and when its figures stood there, in milliseconds, and what was fetched. */
async function visit(page, address) {
  await page.goto(address);
  const figures = await page.waitForFunction(
    (words) => {
      const main = document.querySelector('main');
      const asked = performance.getEntriesByType('resource').some(({ name }) => name.includes('/api/ds/query'));
      const there = main && asked && !main.querySelector('[data-testid="Spinner"]') && !words.some((word) => main.textContent.includes(word));
      return there ? performance.now() : 0;
    },
    WAITING,
    { polling: 'raf', timeout: 60_000 }
  );
  return page.evaluate((done) => {
    const bytes = { plugin: 0, answers: 0 };
    for (const { name, decodedBodySize } of performance.getEntriesByType('resource')) {
      const { pathname } = new URL(name);
      bytes[pathname.startsWith('/api/') ? 'answers' : 'plugin'] += pathname.startsWith('/public/build/') ? 0 : decodedBodySize;
    }
    return { paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN, figures: done, bytes };
  }, await figures.jsonValue());
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
}

const kilobytes = (bytes) => Math.round(bytes / 1000);

async function bench(base) {
  const browser = await startBrowser();
  const rows = [];
  for (const [name, place] of Object.entries(PAGES).filter(([each]) => only?.split(',').includes(each) ?? true)) {
    const page = await openPage(browser);
    const visits = [];
    for (let i = 0; i <= Number(times); i++) {
      visits.push(await visit(page, addressOf(base, place)));
    }
    await page.context().close();
    visits.shift(); // the first fills the browser's cache and the store's
    const paint = visits.map((each) => each.paint);
    const figures = visits.map((each) => each.figures);
    rows.push({
      page: name, 'paint p50': percentile(paint, 0.5), 'paint p95': percentile(paint, 0.95), 'figures p50': percentile(figures, 0.5), 'figures p95': percentile(figures, 0.95),
      [`within ${MARK} ms`]: percentile(figures, 0.95) <= MARK ? 'yes' : 'no', 'plugin kB': kilobytes(visits[0].bytes.plugin), 'answers kB': kilobytes(visits[0].bytes.answers),
    });
  }
  await browser.close();
  return rows;
}

const folder = mkdtempSync(path.join(tmpdir(), 'mimamori-bench-ui-'));
try {
  const program = path.join(folder, 'store.test');
  execFileSync('go', ['test', '-c', '-o', program, './storage/clickhouse'], { cwd: repository, stdio: 'inherit' });
  console.error(`filling a store with ${devices} devices of 50 customers and 30 days of figures`);
  const store = await started(program, ['-test.run', '^$', '-test.bench', '^BenchmarkPagesHeld$', '-test.benchtime', '1x', '-test.timeout', '0'], {
    cwd: path.join(repository, 'storage/clickhouse'), env: { ...process.env, MIMAMORI_BENCH_HOLD: '1', MIMAMORI_BENCH_DEVICES: devices },
  });
  const { address } = await started(path.join(repository, 'bin/mimamori-preview'), ['--leash', '--engine', store.engine], {});
  const rows = await bench(address);
  console.log(`${store.devices} devices, ${store.days} days, each page opened ${times} times in Chromium, milliseconds from the address to the picture`);
  console.table(Object.fromEntries(rows.map(({ page, ...rest }) => [page, rest])));
  console.log(`module.js of the app: ${kilobytes(statSync(path.join(repository, 'grafana/dist/module.js')).size)} kB; sizes are those before compression`);
} finally {
  for (const child of children.reverse()) {
    child.stdin.end();
    await new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done()));
  }
  rmSync(folder, { recursive: true, force: true });
}
