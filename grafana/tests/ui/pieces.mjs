// What the plugin brings beside its pages: panels for dashboards, and the editors of its data source.
import { alter } from './answers.mjs';
import { drawn, settled, spoken } from './browser.mjs';
import { go, look } from './pages.mjs';

const TEXT = { width: 1280, language: 'en-US', theme: 'dark' };

/** Looks at a piece, does something there, and says how that went; the picture bears its name unless it is given another. */
async function piece(page, name, range, result, act, picture = name) {
  await go(page, `/pieces/${name}`, range, { asks: name === 'panels' });
  const wrong = [];
  await act((what) => wrong.push(what));
  const { said, axe, wrong: found } = await look(page, name, TEXT);
  await page.screenshot({ path: result.picture(`walk-${picture}`) });
  result.walk(`${picture} of a dashboard`, [...wrong, ...spoken(said), ...axe.map(({ id, help, targets }) => `axe ${id}: ${help}: ${targets[0]}`), ...found]);
}

const valueOn = async (page) => JSON.parse(await page.getByTestId('value').innerText());

/**
 * Picks from a list that opens below a field. A list that is drawn anew under the pointer takes no click: it is waited
 * for what was typed, and afterwards for the field to show what was picked.
 */
async function choose(page, label, typed, option) {
  const field = page.getByLabel(label, { exact: true });
  await field.click();
  await settled(page, { asks: false });
  await field.fill(typed);
  await settled(page, { asks: false });
  await page.locator('[role="option"]').filter({ hasText: option }).first().click();
  const shows = (value) => (option instanceof RegExp ? option.test(value) : value === option);
  for (const until = Date.now() + 5_000; !shows(await field.inputValue()); ) {
    if (Date.now() > until) {
      throw new Error(`${label} shows ${JSON.stringify(await field.inputValue())} after ${option} was picked`);
    }
    await drawn(page);
  }
  await settled(page, { asks: false });
}

/** Makes an answer about customers that of a fleet whose appliances have fallen silent. */
function hush(frame) {
  const { fields } = frame.schema;
  const column = (name) => frame.data.values[fields.findIndex((field) => field.name === name)];
  if (!column('appliances_silent')) {
    return;
  }
  const set = (name, value) => column(name).forEach((_, at, all) => { all[at] = value(at); });
  const { devices, appliances } = { devices: [...column('devices')], appliances: [...column('appliances')] };
  ['up', 'down', 'unreachable', 'degraded', 'maintenance'].forEach((name) => set(name, () => 0));
  set('unknown', (at) => devices[at]);
  set('appliances_silent', (at) => appliances[at]);
  ['mos', 'utilization_pct'].forEach((name) => set(name, () => null));
}

export async function pieces(fleet, page, customer, range, result) {
  await piece(page, 'panels', range, result, async (wrong) => {
    const strip = page.getByRole('group', { name: 'States over time' });
    await strip.waitFor({ timeout: 10_000 });
    await strip.focus();
    await page.keyboard.press('ArrowDown');
    const read = await page.locator('section[aria-label="mimamori-strip-panel"] [aria-live]').innerText();
    const known = await fleet.report('availability', '--from', '15m');
    if (!known.some(({ device }) => read.includes(device))) {
      wrong(`an arrow key reads out ${JSON.stringify(read)}, which is no device`);
    }
    const brand = await page.locator('section[aria-label="mimamori-brand-panel"]').innerText();
    if (!/mimamori/.test(brand) || !/Overview/.test(brand)) {
      wrong(`the brand is shown as ${JSON.stringify(brand)}`);
    }
  });
  await piece(page, 'query', range, result, async (wrong) => {
    await choose(page, 'Figure', 'States', /^States over time/);
    await choose(page, 'Customer', customer.slice(0, 3), customer);
    const { figure, customer: chosen, version } = await valueOn(page);
    if (figure !== 'states' || chosen !== customer || version !== 1) {
      wrong(`what was chosen is saved as ${JSON.stringify({ figure, chosen, version })}`);
    }
    const told = await page.getByRole('status').first().innerText();
    if (!/Answered with [1-9]\d* rows/.test(told)) {
      wrong(`the query is not answered: ${told}`);
    }
  });
  await piece(page, 'variable', range, result, async (wrong) => {
    await choose(page, 'Names of', 'Sites', 'Sites');
    await choose(page, 'Customer', customer.slice(0, 3), customer);
    const { names, customer: chosen } = await valueOn(page);
    if (names !== 'sites' || chosen !== customer) {
      wrong(`what was chosen is saved as ${JSON.stringify({ names, chosen })}`);
    }
  });
  await piece(page, 'config', range, result, async (wrong) => {
    await page.locator('#address').fill('https://store.example:8443');
    await page.locator('#alarms').fill('https://alert.example:9464');
    await page.getByLabel("Name in the server's certificate").fill('store');
    await page.getByRole('button', { name: 'Reset' }).last().click();
    await page.locator('#scopeToken').fill('mms1.new');
    const { jsonData, secureJsonData, secureJsonFields } = await valueOn(page);
    if (jsonData.address !== 'https://store.example:8443' || jsonData.alarms !== 'https://alert.example:9464' || jsonData.tlsServerName !== 'store' || secureJsonData.scopeToken !== 'mms1.new' || secureJsonFields.scopeToken) {
      wrong(`what was typed is saved as ${JSON.stringify({ jsonData, secureJsonData, secureJsonFields })}`);
    }
  });
  const again = await alter(page, (_, frame) => hush(frame));
  await piece(page, 'panels', range, result, async (wrong) => {
    const tiles = page.locator('main [data-quiet]');
    await tiles.first().waitFor({ timeout: 10_000 });
    const well = await tiles.evaluateAll((all) => all.filter((tile) => tile.dataset.state === 'up').map((tile) => tile.closest('section').ariaLabel));
    if (well.length > 0) {
      wrong(`while nothing is known these look well: ${well.join(', ')}`);
    }
    const said = await page.getByRole('region', { name: 'Devices down' }).innerText();
    if (!/nothing is known, (\d+) of \1 devices unknown/.test(said)) {
      wrong(`of devices down it says ${JSON.stringify(said)}`);
    }
  }, 'panels-silent');
  await again();
}
