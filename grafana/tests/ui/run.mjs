// make test-ui: the built plugin in Chromium, over the demo's fleet, with the real backend.
//   node tests/ui/run.mjs [data=FOLDER of a running demo] [out=FOLDER] [only=wall,syslog]
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { addressOf, HEIGHTS, openPage, settled, startBrowser } from './browser.mjs';
import { compare } from './figures.mjs';
import { Fleet } from './fleet.mjs';
import { discover, go, look, ROOT } from './pages.mjs';
import { Result } from './result.mjs';
import { absurdTimes, customerView, drillDown, filters, names, troubles } from './walks.mjs';

const options = Object.fromEntries(process.argv.slice(2).map((each) => each.split('=')));
const folder = path.resolve(options.out ?? path.join(path.dirname(fileURLToPath(import.meta.url)), 'results'));
const only = options.only?.split(',');
const result = new Result(folder);

/** Every page at every width in one theme and language, and once in the other of both. */
const LOOKS = [
  { theme: 'dark', language: 'en-US', widths: [1280, 390, 1920] },
  { theme: 'light', language: 'ja-JP', widths: [1280] },
];

async function looks(browser, base, places, range) {
  for (const { theme, language, widths } of LOOKS) {
    const page = await openPage(browser, { language });
    await page.goto(addressOf(base, `${ROOT}/wall`, { theme, language }));
    await settled(page);
    for (const [name, place] of Object.entries(places).filter(([each]) => only?.includes(each) ?? true)) {
      await page.setViewportSize({ width: widths[0], height: HEIGHTS[widths[0]] });
      await step(`${name} ${theme} ${language}`, () => go(page, place, name === 'wall' ? undefined : range, { asks: name !== 'settings' }));
      for (const width of widths) {
        const title = `${name}-${theme}-${language}-${width}`;
        await step(title, async () => {
          await page.setViewportSize({ width, height: HEIGHTS[width] });
          await settled(page, { asks: false });
          await page.screenshot({ path: result.picture(title) });
          result.view({ page: name, picture: `${title}.png`, ...(await look(page, title, { theme, language, width })) });
        });
        page.said.length = 0;
      }
    }
    await page.context().close();
  }
}

/** Does something; what it throws is a failure of this, and not of all the rest. */
async function step(name, act) {
  try {
    return await act();
  } catch (error) {
    result.fail(name, error.message);
    return undefined;
  }
}

async function test(fleet, browser) {
  await fleet.start();
  const customers = (await fleet.until('the customers are known', async () => { const rows = await fleet.report('customers'); return rows.length > 1 && rows; }, 60)).map((row) => row.customer).sort();
  const base = await fleet.preview(customers[0]);
  const page = await openPage(browser);
  await step('troubles', () => troubles(page, base, result)); // while the script plays
  await fleet.broken();
  const to = Date.now() - 10_000;
  const range = { from: String(to - 15 * 60_000), to: String(to) };
  await page.goto(addressOf(base, `${ROOT}/wall`));
  await settled(page);
  const places = await discover(page);
  await step('figures', () => compare(page, places, fleet, { from: Number(range.from), to: Number(range.to) }, result));
  await step('drill-down', () => drillDown(page, places, fleet, result));
  await step('filters', () => filters(page, places, fleet, range, result));
  await step('times', () => absurdTimes(page, result));
  await step('names', () => names(page, customers[1], result));
  await step('customer', () => customerView(page, base, customers[0], customers.slice(1), result));
  await page.context().close();
  await looks(browser, base, places, range);
}

const fleet = new Fleet({ data: options.data, logs: folder });
const browser = await startBrowser();
await step('test', () => test(fleet, browser));
await browser.close();
await fleet.stop();
process.exitCode = result.end() ? 0 : 1;
