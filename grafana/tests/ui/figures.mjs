// Figures on the pages beside those of mimamori report, of the same store and time.
import { go, placeOf } from './pages.mjs';

/** The rows of a table by its accessible name: the text of each cell under the title of its column. */
export async function tableOf(page, name) {
  const table = page.locator('main table').and(page.getByLabel(name));
  await table.first().waitFor({ timeout: 10_000 });
  return table.first().evaluate((element) => {
    const titles = [...element.querySelectorAll('thead th')].map((th) => th.innerText.trim());
    return [...element.querySelectorAll('tbody tr:not([aria-hidden])')].map((tr) =>
      Object.fromEntries([...tr.children].map((td, i) => [titles[i], td.innerText.trim()]))
    );
  });
}

/** The number that a text begins with; NaN where there is none. */
export function numberIn(text) {
  const found = /-?[\d,]+(\.\d+)?/.exec(text ?? '');
  return found ? Number(found[0].replaceAll(',', '')) : NaN;
}

/** Whether a text shows a value to within a tolerance; a blank shows that there is none. */
function shows(text, value, tolerance) {
  return value === null || value === undefined ? /^\u2013?$/.test(text ?? '') : Math.abs(numberIn(text) - value) <= tolerance;
}

const PERCENT = 0.0501; // one digit behind the point
const CUT = 0.00101; // availability is cut behind the third

/** Compares what pages show with the reports; range has from and to in milliseconds. */
export async function compare(page, places, fleet, range, result) {
  const time = ['--from', new Date(range.from).toISOString(), '--to', new Date(range.to).toISOString()];
  const rowOf = (rows, where, what, fits) => {
    const row = rows.find(fits);
    if (!row) {
      result.figure(where, what, null, 'a row', false);
    }
    return row ?? {};
  };

  const customers = await fleet.report('availability', '--by', 'customer', ...time);
  await go(page, places.availability, { ...range, by: 'customer' });
  const service = await tableOf(page, /^Availability by/);
  for (const expected of customers) {
    const row = rowOf(service, 'availability', expected.customer, (each) => Object.values(each)[0].includes(expected.customer));
    result.figure('availability', `${expected.customer} availability`, row.Availability, expected.availability_pct, shows(row.Availability, expected.availability_pct, CUT));
    result.figure('availability', `${expected.customer} outages`, row.Outages, expected.outage_count, shows(row.Outages, expected.outage_count, 0));
  }

  const links = await fleet.report('capacity', '--kind', 'wan', ...time);
  await go(page, places.utilization, range);
  // A percentile of averages over five minutes takes a store older than that.
  const busiest = links.length > 0 ? await tableOf(page, 'WAN links') : [];
  const known = await page.locator('main table').and(page.getByLabel('WAN links')).locator('tbody tr').count();
  result.figure('utilization', 'WAN links', known, links.length, known === links.length);
  for (const expected of links) {
    const what = `${expected.customer} ${expected.site} ${expected.device} ${expected.interface}`;
    const row = rowOf(busiest, 'utilization', what, (each) => each.Customer === expected.customer && each.Site === expected.site && each.Link === `${expected.device} ${expected.interface}`);
    result.figure('utilization', `${what} 95th percentile`, row['95th percentile'], expected.p95_pct, shows(row['95th percentile'], expected.p95_pct, PERCENT));
  }

  const traffic = await fleet.report('utilization', '--kind', 'wan', ...time);
  for (const { customer } of customers) {
    await go(page, placeOf({ customer }), range);
    const shown = await tableOf(page, 'Busiest WAN links');
    for (const expected of traffic.filter((each) => each.customer === customer)) {
      const what = `${expected.site} ${expected.device} ${expected.interface}`;
      const row = rowOf(shown, `customer ${customer}`, what, (each) => each.Site === expected.site && each.Link === `${expected.device} ${expected.interface}`);
      result.figure(`customer ${customer}`, `${what} utilization`, row.Utilization, expected.utilization_pct, shows(row.Utilization, expected.utilization_pct, PERCENT));
    }
  }

  const messages = (await fleet.report('syslog-rates', '--by', 'severity', ...time)).reduce((sum, row) => sum + row.messages, 0);
  await go(page, places.syslog, range);
  const [counted] = /Messages: [\d,]+/.exec(await page.locator('main').innerText()) ?? [null];
  result.figure('syslog', 'messages', counted, messages, shows(counted, messages, 0));

  const voice = await fleet.report('voice', '--step', '1h', ...time);
  for (const { customer } of customers) {
    await go(page, placeOf({ customer }), range);
    const expected = new Set(voice.filter((each) => each.customer === customer).map((each) => `${each.site} ${each.path}`));
    const rows = expected.size > 0 ? await tableOf(page, 'Voice') : [];
    result.figure(`customer ${customer}`, 'voice paths', rows.length, expected.size, rows.length === expected.size);
  }

  const appliances = await fleet.report('appliances', ...time);
  await go(page, places.appliances, range);
  const text = await page.locator('main').innerText();
  for (const { appliance } of appliances) {
    result.figure('appliances', 'an appliance', text.includes(appliance) ? appliance : null, appliance, text.includes(appliance));
  }

  const standing = await fleet.report('customers', ...time);
  await go(page, places.wall, range);
  const tiles = await page.locator('main a[href*="/customers/"]').allInnerTexts();
  const states = { up: 'Up', down: 'Down', degraded: 'Degraded', unknown: 'Unknown', maintenance: 'Maintenance' };
  standing.forEach((expected, i) => {
    const tile = tiles[i] ?? null;
    const same = tile !== null && tile.includes(expected.customer) && (expected.state === 'up' || tile.includes(states[expected.state] ?? expected.state));
    result.figure('wall', `place ${i + 1}`, tile, `${expected.customer} ${expected.state}`, same);
  });
}
