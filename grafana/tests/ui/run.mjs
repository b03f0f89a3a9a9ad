// make test-ui: the built plugin in Chromium, over the demo's fleet, with the real backend.
//   node tests/ui/run.mjs [data=FOLDER of a running demo] [out=FOLDER] [only=wall,syslog] [walks=crowds,paper]
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { alarms } from './alarms.mjs';
import { beginnings } from './beginnings.mjs';
import { startBrowser } from './browser.mjs';
import { crowds } from './crowds.mjs';
import { compare } from './figures.mjs';
import { Fleet } from './fleet.mjs';
import { keyboard } from './keyboard.mjs';
import { lookAt, LOOKS, openLook } from './looks.mjs';
import { discover, placeOf, ROOT } from './pages.mjs';
import { files, paper } from './paper.mjs';
import { pieces } from './pieces.mjs';
import { Result } from './result.mjs';
import { freeze } from './silence.mjs';
import { absurdTimes, customerView, drillDown, filters, names, troubles, unfetched } from './walks.mjs';

const options = Object.fromEntries(process.argv.slice(2).map((each) => each.split('=')));
const folder = path.resolve(options.out ?? path.join(path.dirname(fileURLToPath(import.meta.url)), 'results'));
const only = options.only?.split(',');
const walks = options.walks?.split(',');
const result = new Result(folder);
const [OTHER, USUAL] = LOOKS;

/** How much is done beside one another: two processors are what continuous integration has. */
const LANES = 2;

/** Does what is listed, each lane in a window of its own. */
async function together(windows, list) {
  const left = list.filter(([name]) => walks?.includes(name) ?? true);
  await Promise.all(
    windows.map(async (page) => {
      for (let next = left.shift(); next; next = left.shift()) {
        const [name, act] = next;
        const done = await result.step(name, () => act(page).then(() => true));
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        if (!done) {
          // A page that a failure left broken is not the next one's.
          page.said.forEach((each) => console.log(`  ${each.type}: ${each.text.slice(0, 400)}`));
          await page.reload().catch(() => {});
        }
      }
    })
  );
}

/** What can be seen while the script of the demo plays, which takes a minute and a quarter. */
function meanwhile(fleet, browser, base, beginning, customers, devices) {
  const to = Date.now();
  const range = { from: String(to - 15 * 60_000), to: String(to) };
  const places = { availability: `${ROOT}/availability`, site: placeOf({ ...devices[0], device: undefined }), device: placeOf(devices[0]) };
  return [
    ['an empty store', async () => { const { base: empty, stop } = await beginning; await beginnings(browser, empty, result); await stop(); }],
    ['pieces', (page) => pieces(fleet, page, customers[0], range, result)],
    ['crowds', (page) => crowds(page, places, { from: 'now-15m', to: 'now' }, result)], // devices are still polled for the first time
    ['troubles', () => troubles(browser, base, result)],
    ['no code', () => unfetched(browser, base, result)],
    ['customer', () => customerView(browser, base, customers[0], customers.slice(1), result)],
    ['names', (page) => names(page, customers[1], result)],
    ['times', (page) => absurdTimes(page, result)],
  ];
}

/** What takes something that is broken. */
function then(browser, base, places, fleet, range, customer) {
  const seen = Object.entries(places).filter(([name]) => only?.includes(name) ?? true);
  const time = { from: Number(range.from), to: Number(range.to) };
  return [
    [`${OTHER.theme} ${OTHER.language}`, async () => {
      const page = await openLook(browser, base, OTHER);
      for (const [name, place] of seen) {
        await result.step(`${name} ${OTHER.theme}`, () => lookAt(page, name, place, range, OTHER, result));
      }
      await page.context().close();
    }],
    ['alarms', (page) => alarms(browser, page, base, fleet, customer, result)],
    ['figures', (page) => compare(page, places, fleet, time, result)],
    ['drill-down', (page) => drillDown(page, places, fleet, result)],
    ['filters', (page) => filters(page, places, fleet, range, result)],
    ['files', (page) => files(page, places, fleet, range, result)],
    ['paper', (page) => paper(page, places, range, result)],
    ['keyboard', (page) => keyboard(page, places, range, result)],
    ...seen.map(([name, place]) => [`${name} ${USUAL.theme}`, (page) => lookAt(page, name, place, range, USUAL, result)]),
  ];
}

async function test(fleet, browser) {
  await fleet.start();
  const beginning = fleet.beginning();
  beginning.catch(() => {}); // who waits for it says so
  const devices = await fleet.until('devices are known', async () => { const rows = await fleet.report('interfaces'); return new Set(rows.map((row) => row.customer)).size > 1 && rows; }, 60);
  const customers = [...new Set(devices.map((row) => row.customer))].sort();
  const base = await fleet.preview(customers[0]);
  const windows = await Promise.all(Array.from({ length: LANES }, () => openLook(browser, base, USUAL)));
  const old = await freeze(browser, base, result);
  await together(windows, meanwhile(fleet, browser, base, beginning, customers, devices));
  await result.step('the script', () => fleet.broken());
  await result.step('old data', old);
  const to = Date.now() - 10_000;
  const range = { from: String(to - 15 * 60_000), to: String(to) };
  const places = await result.step('discover', () => discover(windows[0]));
  await together(windows, then(browser, base, places, fleet, range, customers[0]));
}

const fleet = new Fleet({ data: options.data, logs: folder });
const browser = await startBrowser();
await result.step('test', () => test(fleet, browser));
await browser.close();
await fleet.stop();
process.exitCode = result.end() ? 0 : 1;
