// Far more than a test's fleet has: a site of 5000 devices, a device of 20 000 interfaces,
// strips of thousands of rows. What people do there must show about as soon as the machine can draw a
// thousand lines or two: a page that draws all there is takes many times that, on an idle machine and on a busy one.
import { alter, multiply, notesOf } from './answers.mjs';
import { drawn, spoken } from './browser.mjs';
import { go } from './pages.mjs';

const LINES = 4000; // are drawn to see how quick the machine is
const TRIES = 6; // a busy machine makes one of them late, a slow page all

const key = (name) => (page) => page.keyboard.press(name);
const heading = (table, name) => (page) => page.locator('main table').and(page.getByLabel(table)).getByRole('button', { name, exact: true }).first().click();

const CROWDS = [
  { name: 'a site of 5000 devices', place: 'site', figure: 'topology', rows: 5000, names: 'device', at: '[role=treeitem][tabindex="0"]', acts: [key('ArrowDown'), key('End'), key('Home'), key('ArrowLeft')] },
  { name: 'a device of 20 000 interfaces', place: 'device', figure: 'interfaces', rows: 200, total: 20_000, names: 'interface', acts: [heading('Interfaces of the device', 'Mean'), heading('Interfaces of the device', 'Interface')], says: /1 to 200 of 20,000/ },
  { name: 'availability of 10 000 devices', place: 'availability', query: { by: 'device' }, figure: 'availability', rows: 10_000, names: 'device', acts: [heading(/^Availability by/, 'Outages'), heading(/^Availability by/, 'Availability')] },
  { name: 'a strip of 5000 rows', place: '/pieces/panels', figure: 'states', times: 85, names: 'device', at: '[role=group][aria-label="States over time"]', acts: [key('ArrowDown'), key('PageDown'), key('ArrowLeft'), key('Escape')] },
];

/** Opens pages with far more on them than there is, and does things there. */
export async function crowds(page, places, range, result) {
  for (const crowd of CROWDS) {
    const stop = await alter(page, (query, frame) => {
      if (query.figure === crowd.figure) {
        multiply(frame, crowd, crowd.names);
        notesOf(frame).total = crowd.total ?? crowd.rows;
      }
    });
    const wrong = [];
    try {
      wrong.push(...(await arrive(page, places[crowd.place] ?? crowd.place, { ...range, ...crowd.query }, crowd.says)));
      for (const [i, act] of crowd.acts.entries()) {
        const patience = await drawing(page);
        const took = await quickest(page, patience, async () => {
          if (crowd.at) {
            await page.locator(crowd.at).first().focus();
          }
          await act(page);
        });
        if (took > patience) {
          wrong.push(`what is done as number ${i + 1} shows after ${took} ms, while ${LINES} lines are drawn in ${Math.round(patience)}`);
        }
      }
      wrong.push(...spoken(page.said));
    } finally {
      await stop();
    }
    result.walk(crowd.name, wrong);
  }
}

/** Opens a page, again for as long as its device has not been polled yet. */
async function arrive(page, place, query, says) {
  for (let visit = 0; visit < 4; visit++) {
    await go(page, place, query);
    if (!says || (await page.getByText(says).first().waitFor({ timeout: 10_000 }).then(() => true, () => false))) {
      return [];
    }
  }
  return [`it does not say ${says}, but ${JSON.stringify((await page.locator('main').innerText()).slice(0, 600))}`];
}

/** The shortest of some tries, in milliseconds from the event to the next picture. */
async function quickest(page, patience, act) {
  let best = Infinity;
  for (let i = 0; i < TRIES && best > patience; i++) {
    best = Math.min(best, await interaction(page, act));
  }
  return best;
}

/** How long this machine takes for so many lines of text at this moment, in milliseconds; never less than what people notice. */
async function drawing(page) {
  const took = await page.evaluate(async (lines) => {
    const picture = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const sheet = document.body.appendChild(document.createElement('div'));
    sheet.style.cssText = 'position:absolute;inset:0;overflow:hidden;opacity:0.01;pointer-events:none';
    await picture();
    const began = performance.now();
    for (let i = 0; i < lines; i++) {
      const line = sheet.appendChild(document.createElement('p'));
      line.innerHTML = `<b>line ${i}</b> <span>of many</span> <a href="#">with a link</a>`;
    }
    sheet.getBoundingClientRect();
    await picture();
    const took = performance.now() - began;
    sheet.remove();
    return took;
  }, LINES);
  return Math.max(took, 500);
}

async function interaction(page, act) {
  await page.evaluate(() => {
    window.longest = 0;
    window.watching ??= new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (window.longest = Math.max(window.longest, duration))));
    window.watching.observe({ type: 'event', durationThreshold: 16 });
  });
  await act();
  await drawn(page);
  await drawn(page); // what was observed is told a picture later
  return page.evaluate(() => window.longest);
}
