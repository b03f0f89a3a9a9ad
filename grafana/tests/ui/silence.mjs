// A wall whose feed has stopped: within a minute it says so, and shows nothing in a reassuring colour.
import { alter, notesOf } from './answers.mjs';
import { addressOf, openPage, settled, spoken } from './browser.mjs';
import { ROOT } from './pages.mjs';

/** A minute, a refresh of the page and the tick of its clock. */
const PATIENCE = 75_000;

/** Opens a wall whose newest data stays what it is from now on; what is returned sees what it says a minute later. */
export async function freeze(browser, base, result) {
  const page = await openPage(browser);
  let newest;
  await alter(page, (_, frame) => {
    const notes = notesOf(frame);
    newest ??= notes.as_of;
    notes.as_of = newest;
  });
  await page.goto(addressOf(base, `${ROOT}/wall`));
  await settled(page);
  const began = Date.now();
  return async () => {
    const told = page.getByText(/The newest data is .* old/).first();
    const wrong = await told.waitFor({ timeout: Math.max(1000, PATIENCE - (Date.now() - began)) }).then(() => [], () => ['it does not say that its data is old']);
    const coloured = await page.locator('main ul').and(page.getByLabel('No trouble')).evaluateAll((lists) => lists.filter((list) => !getComputedStyle(list).filter.includes('grayscale')).length);
    if (coloured > 0) {
      wrong.push('customers are shown as up, in the colour of it');
    }
    wrong.push(...spoken(page.said));
    await page.screenshot({ path: result.picture('walk-old-data') });
    result.walk('the wall when nothing new is heard', wrong);
    await gone(page, result);
    await page.context().close();
  };
}

/** And then there is no answer at all: the last picture stays, with the reason. */
async function gone(page, result) {
  const tiles = page.locator('main a[href*="/customers/"]');
  const before = await tiles.count();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.route('**/api/ds/query*', (route) => route.abort());
  const said = page.locator('main [role="alert"]', { hasText: 'What is shown below is from before that.' });
  const wrong = await said.waitFor({ timeout: 30_000 }).then(() => [], () => ['it does not say that what it shows is from before']);
  if ((await tiles.count()) !== before) {
    wrong.push('the last picture is gone');
  }
  await page.screenshot({ path: result.picture('walk-no-answer') });
  result.walk('the wall when the server does not answer any more', wrong);
}
