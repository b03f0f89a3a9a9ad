// Things that people do on the pages, and things that go wrong there.
import { addressOf, openPage, settled, spoken } from './browser.mjs';
import { go, ROOT } from './pages.mjs';

/** From the most urgent customer to the link that is full, in three clicks at most. */
export async function drillDown(page, places, fleet, result) {
  const failing = await fleet.failing();
  const wrong = [];
  await go(page, places.wall);
  let clicks = 0;
  const click = async (link) => {
    page.answers = 0;
    await link.click({ timeout: 10_000 });
    clicks++;
    await settled(page);
  };
  await click(page.locator('main a[href*="/customers/"]', { hasText: failing.customer }).first());
  const rows = page.locator('main table').and(page.getByLabel('Busiest WAN links')).locator('tbody tr', { hasText: failing.site });
  await click(rows.getByRole('link', { name: `${failing.device} ${failing.interface}` }).first());
  const text = await page.locator('main').innerText();
  if (!page.url().includes('/interfaces/')) {
    wrong.push(`the way ends at ${page.url()}`);
  }
  if (!text.includes(failing.interface)) {
    wrong.push(`the last page does not name ${failing.interface}`);
  }
  if (clicks > 3) {
    wrong.push(`it takes ${clicks} clicks`);
  }
  result.walk(`from ${failing.customer} to its full link ${failing.device} ${failing.interface} in ${clicks} clicks`, wrong);
}

/** Filters change what is shown, and stand in the address. */
export async function filters(page, places, fleet, range, result) {
  const wrong = [];
  await go(page, places.availability, { ...range, by: 'customer' });
  const bySite = page.locator('main table').and(page.getByLabel('Availability by Site'));
  const choose = async (name) => {
    page.answers = 0;
    await page.getByRole('radio', { name, exact: true }).check({ force: true, timeout: 10_000 });
    await settled(page);
  };
  if ((await bySite.count()) > 0) {
    wrong.push('there is a row for each site before that was chosen');
  }
  await choose('Site');
  if ((await bySite.locator('tbody tr').count()) < 2) {
    wrong.push('there is no row for each site after that was chosen');
  }
  if (new URL(page.url()).searchParams.get('by') !== 'site') {
    wrong.push(`the choice does not stand in the address, ${page.url()}`);
  }
  result.walk('availability by site', wrong);

  const astray = [];
  const time = ['--from', new Date(Number(range.from)).toISOString(), '--to', new Date(Number(range.to)).toISOString()];
  const severe = (await fleet.report('syslog-rates', '--by', 'severity', ...time)).filter((row) => row.severity <= 4).reduce((sum, row) => sum + row.messages, 0);
  await go(page, places.syslog, range);
  await choose('Warning and worse');
  const left = Number((await page.locator('main').innerText()).match(/Messages: ([\d,]+)/)?.[1].replaceAll(',', '') ?? 0);
  if (left !== severe) {
    astray.push(`${left} messages are left, the report has ${severe}`);
  }
  if (new URL(page.url()).searchParams.get('severity') !== '4') {
    astray.push(`the choice does not stand in the address, ${page.url()}`);
  }
  result.walk('syslog of warnings and worse', astray);
}

/** What is expected where something is the matter: the page says so, and lives on. */
const TROUBLES = [
  { organisation: 3, name: 'no data', says: /no data|no customer|nothing|was measured/i },
  { organisation: 4, name: 'store away', says: /cannot be reached/ },
  { organisation: 5, name: 'token expired', says: /scope token has expired/ },
  { organisation: 6, name: "another organisation's token", says: /scope token is of another organisation/ },
  { organisation: 7, name: 'no token', says: /there is no scope token/ },
];

/** Opens pages in organisations where something is wrong. */
export async function troubles(browser, base, result) {
  const page = await openPage(browser);
  for (const { organisation, name, says } of TROUBLES) {
    await page.goto(addressOf(base, `${ROOT}/wall`, { organisation }));
    for (const place of ['wall', 'utilization']) {
      await go(page, `${ROOT}/${place}`);
      const said = await page.locator('main').filter({ hasText: says }).waitFor({ timeout: 10_000 }).then(() => true, () => false);
      const wrong = spoken(scripts(page));
      if (!said) {
        wrong.push(`it does not say ${says}, but ${JSON.stringify((await page.locator('main').innerText()).slice(-300))}`);
      }
      result.walk(`${place} with ${name}`, wrong);
    }
  }
  await page.context().close();
}

/** What the console said that is no answer of the server: scripts that failed. */
function scripts(page) {
  return page.said.filter(({ type, text }) => type !== 'answer' && !/^Failed to load resource: the server responded with a status of [45]\d\d/.test(text));
}

const RANGES = { 'a hundred years': { from: '0', to: '4102444800000' }, backwards: { from: 'now', to: 'now-1h' }, nonsense: { from: 'x', to: '-1' }, 'of no length': { from: 'now', to: 'now' } };

/** Times that nobody means. */
export async function absurdTimes(page, result) {
  for (const [name, range] of Object.entries(RANGES)) {
    for (const place of ['availability', 'utilization', 'syslog']) {
      await go(page, `${ROOT}/${place}`, range, { asks: false });
      const wrong = spoken(scripts(page));
      if ((await page.locator('main').innerText()).trim().length < 20) {
        wrong.push('the page is empty');
      }
      result.walk(`${place} over ${name}`, wrong);
    }
  }
}

/** A page whose code does not come says so in its place, and comes when it is asked for again. */
export async function unfetched(browser, base, result) {
  const page = await openPage(browser);
  await page.goto(addressOf(base, `${ROOT}/wall`));
  await settled(page);
  const wrong = [];
  const says = async (text) => {
    const said = await page.locator('main').filter({ hasText: text }).waitFor({ timeout: 10_000 }).then(() => true, () => false);
    if (!said) {
      wrong.push(`it does not say ${text}, but ${JSON.stringify((await page.locator('main').innerText()).slice(-200))}`);
    }
  };
  await page.route('**/chunks/*.js*', (route) => route.abort());
  await page.locator(`a[href*="${ROOT}/utilization"]`).first().click();
  await says(/could not be fetched/);
  await page.screenshot({ path: result.picture('walk-no-code') });
  await page.unroute('**/chunks/*.js*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await says(/Busiest by/);
  result.walk('a page whose code is fetched at the second try', wrong);
  await page.context().close();
}

/** Names that try to be more than names. */
export async function names(page, customer, result) {
  const evil = '<img src=x onerror="window.hurt=1">\u202eevil {{name}} $__all';
  const written = JSON.stringify(evil).slice(1, -1);
  await page.route('**/api/ds/query*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replaceAll(customer, written) });
  });
  for (const place of ['wall', 'availability', 'utilization', 'syslog', 'alarms', 'appliances', 'blindspots']) {
    await go(page, `${ROOT}/${place}`);
    const wrong = spoken(page.said);
    if (await page.evaluate(() => window.hurt !== undefined || document.querySelector('img[src="x"]') !== null)) {
      wrong.push('the name was taken for markup');
    }
    const loose = await page.evaluate((name) => {
      const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
      const found = [];
      while (walker.nextNode()) {
        const { parentElement, data } = walker.currentNode;
        if (data.includes(name) && !parentElement.closest('bdi, [dir="auto"], option')) {
          const { unicodeBidi } = getComputedStyle(parentElement);
          if (!/isolate|plaintext/.test(unicodeBidi)) {
            found.push(parentElement.outerHTML.slice(0, 160));
          }
        }
      }
      return found;
    }, '\u202eevil');
    for (const each of loose.slice(0, 3)) {
      wrong.push(`the direction of a name reaches what is around it: ${each}`);
    }
    result.walk(`${place} with markup and a right-to-left mark in a name`, wrong);
  }
  // An answer may be on its way: its handler is waited for.
  await page.unrouteAll({ behavior: 'wait' });
}

/** A customer's organisation sees itself alone, whatever it asks for. */
export async function customerView(browser, base, own, others, result) {
  const page = await openPage(browser);
  await page.goto(addressOf(base, `${ROOT}/wall`, { organisation: 2 }));
  await settled(page);
  for (const place of ['wall', 'availability', 'utilization', 'syslog', 'appliances', 'blindspots']) {
    // Some pages are the partner's alone, and ask for nothing here.
    await go(page, `${ROOT}/${place}`, undefined, { asks: false, quiet: 700 });
    const text = await page.locator('main').innerText();
    const wrong = spoken(page.said);
    for (const other of others.filter((each) => text.includes(each))) {
      wrong.push(`it names ${other}, whom ${own} must not see`);
    }
    result.walk(`${place} as ${own}`, wrong);
  }
  await page.context().close();
}
