// The pages of the app, and one look at one of them.
import { check } from './axe.mjs';
import { settled } from './browser.mjs';

export const ROOT = '/a/mimamori-noc-app';

/** Pages of the menu, and of the names that the wall and its drill-down lead to. */
export const MENU = ['wall', 'availability', 'utilization', 'syslog', 'alarms', 'appliances', 'blindspots'];

/** Finds a page of each kind below the wall by its links, the most urgent customer's first. */
export async function discover(page, range) {
  const found = Object.fromEntries(MENU.map((name) => [name, `${ROOT}/${name}`]));
  found.settings = '/plugins/mimamori-noc-app';
  const kinds = {
    customer: /\/customers\/[^/?]+$/, site: /\/sites\/[^/?]+$/, device: /\/devices\/[^/?]+$/, interface: /\/interfaces\/[^/?]+$/, path: /\/paths\/[^/?]+$/,
  };
  const gather = async () => {
    const links = await page.locator('main a[href]').evaluateAll((all) => all.map((a) => new URL(a.href).pathname));
    for (const [kind, pattern] of Object.entries(kinds)) {
      found[kind] ??= links.find((link) => pattern.test(link));
    }
    return links;
  };
  await go(page, found.wall, range);
  const customers = (await gather()).filter((link) => kinds.customer.test(link));
  for (const customer of customers) {
    await go(page, customer, range);
    await gather();
  }
  const missing = Object.keys(kinds).filter((kind) => !found[kind]);
  if (missing.length > 0) {
    throw new Error(`nothing on the wall or on the customers' pages leads to: ${missing.join(', ')}; the last says ${JSON.stringify((await page.locator('main').innerText()).slice(0, 300))}`);
  }
  return found;
}

/** A name as a segment of an address, as src/pages/names.ts writes it. */
function segment(name) {
  return encodeURIComponent(name.replace(/[\u0000-\u0020~%/\\?#:;*+.&=]/g, (char) => `~${char.charCodeAt(0).toString(16).padStart(2, '0')}`));
}

/** Address of the page of a customer, a site or a device. */
export function placeOf({ customer, site, device }) {
  const names = { customers: customer, sites: site, devices: device };
  return Object.entries(names).reduce((address, [kind, name]) => (name === undefined ? address : `${address}/${kind}/${segment(name)}`), ROOT);
}

const HOUR = { from: 'now-1h', to: 'now' };

/**
 * Goes to an address within the page that is open, as a link does, and waits until it is settled.
 * It always says which time: a page that was seen before keeps the one it had.
 */
export async function go(page, path, range = HOUR, options = {}) {
  page.said.length = 0;
  page.answers = 0;
  const query = new URLSearchParams(range).toString();
  await page.evaluate((address) => {
    window.history.pushState(null, '', address);
    window.dispatchEvent(new PopStateEvent('popstate', { state: null }));
  }, `${path}?${query}`);
  await settled(page, options);
}

/** Looks at the page that is open: what it says, what axe finds, whether it fits. */
export async function look(page, name, { width, language, theme }) {
  const text = await page.locator('main').innerText();
  const wrong = [];
  if (text.trim().length < 20) {
    wrong.push(`the page is empty: ${JSON.stringify(text.trim())}`);
  }
  for (const alert of await page.locator('main [role="alert"]').allInnerTexts()) {
    wrong.push(`it says: ${alert.replaceAll('\n', ' ')}`);
  }
  if (language === 'ja-JP' && (text.match(/[\u3040-\u30ff\u4e00-\u9fff]/g)?.length ?? 0) < 10) {
    wrong.push('it is not in Japanese');
  }
  const scrolls = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (scrolls > 1) {
    wrong.push(`it is ${scrolls} px wider than the window`);
  }
  const said = [...page.said];
  return { name, width, language, theme, said, axe: await check(page), wrong };
}
