// The first minutes of an installation: its engine runs and has heard of nobody.
import { addressOf, openPage, settled, spoken } from './browser.mjs';
import { go, look, MENU, ROOT } from './pages.mjs';

/** What a page says to somebody who has just begun. */
const SAYS = {
  wall: /There is no customer yet/, availability: /Nothing was measured/, utilization: /./, syslog: /./, alarms: /./, appliances: /./, blindspots: /./,
};

/** Opens every page of the menu over an empty store. */
export async function beginnings(browser, base, result) {
  const page = await openPage(browser);
  await page.goto(addressOf(base, `${ROOT}/wall`));
  await settled(page);
  for (const name of MENU) {
    await go(page, `${ROOT}/${name}`);
    // What an answer brings is drawn a moment after it came.
    await page.locator('main').getByText(SAYS[name]).first().waitFor().catch(() => {});
    const { said, axe, wrong } = await look(page, name, { width: 1280, language: 'en-US', theme: 'dark' });
    const text = await page.locator('main').innerText();
    if (!SAYS[name].test(text)) {
      wrong.push(`it does not say ${SAYS[name]}, but ${JSON.stringify(text.slice(0, 300))}`);
    }
    if (/\b(NaN|undefined|null|Infinity|Invalid date)\b/.test(text)) {
      wrong.push(`it shows what is no figure: ${JSON.stringify(text.slice(0, 300))}`);
    }
    await page.screenshot({ path: result.picture(`walk-empty-${name}`) });
    result.walk(`${name} of an installation that has just begun`, [...spoken(said), ...axe.map(({ id, help }) => `axe ${id}: ${help}`), ...wrong]);
  }
  await page.context().close();
}
