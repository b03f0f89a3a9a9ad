// The page of alarms: what it lists against the role that raises them and the reports, and its dialogs by
// the keyboard alone.
import { check } from './axe.mjs';
import { addressOf, drawn, openPage, settled } from './browser.mjs';
import { go, ROOT } from './pages.mjs';

const PAGE = `${ROOT}/alarms`;
const RANGE = { from: 'now-1h', to: 'now' };

export async function alarms(browser, page, base, fleet, customer, result) {
  const asked = async (path) => (await fetch(`http://${fleet.alarms}${path}`)).json();
  const raised = async () => (await asked('/api/alarms')).filter((each) => each.state === 'raised');
  await go(page, PAGE, RANGE);
  result.walk('alarms are those that are raised', await listed(page, raised));
  result.walk('an alarm is acknowledged and given back by the keyboard', await acknowledged(page, raised));
  result.walk('an alarm is silenced by the keyboard, and told again', await silenced(page, asked));
  result.walk('an escalation is one row, and acknowledging it takes the ticket', await escalated(page, result));
  result.walk('alarms that were raised are those of the report', await history(page, fleet));
  result.walk('a customer sees its own alarms and acts on none', await own(browser, base, customer, raised));
}

/** Waits until something is so, as pages show with the next refresh. */
async function until(page, isSo, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await drawn(page)) {
    if (await isSo()) {
      return true;
    }
  }
  return false;
}

const table = (page, name = 'Raised now') => page.getByRole('table', { name }).or(page.getByRole('grid', { name })).first();

async function listed(page, raised) {
  let reason = '';
  const same = await until(page, async () => {
    const rows = new Map((await raised()).map((each) => [each.step ? each.ticket : each.id, each])); // one escalation is one row
    const wanted = [...rows.values()].map((each) => each.name).sort();
    const shown = (await table(page).locator('tbody tr td:nth-child(2), tbody tr th:nth-child(2)').allInnerTexts()).map((text) => text.trim().split('\n')[0]).sort();
    reason = `it shows ${JSON.stringify(shown)}, raised are ${JSON.stringify(wanted)}`;
    return wanted.length > 0 && JSON.stringify(shown) === JSON.stringify(wanted);
  });
  return same ? [] : [reason];
}

/** Opens a dialog from the button of a row, without the mouse. */
async function open(page, button) {
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor({ timeout: 10_000 });
  return dialog;
}

/** What axe says of a dialog. */
async function wrongIn(page) {
  return (await check(page)).map(({ id, help, targets }) => `${id}: ${help} (${targets[0]})`);
}

async function acknowledged(page, raised) {
  const wrong = [];
  const [first] = await raised();
  const name = (action) => page.getByRole('button', { name: `${action}: ${first.name}`, exact: true }).first();
  const of = async () => (await raised()).find((each) => each.id === first.id)?.acknowledged ?? {};
  // Escape leaves it as it was.
  let dialog = await open(page, name('Acknowledge'));
  wrong.push(...(await wrongIn(page)));
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached', timeout: 10_000 });
  dialog = await open(page, name('Acknowledge'));
  const button = dialog.getByRole('button', { name: 'Acknowledge' });
  if (await button.isEnabled()) {
    wrong.push('it can be acknowledged without a reason');
  }
  await page.keyboard.type('carrier called'); // the reason has the focus
  await button.focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached', timeout: 15_000 });
  if (!(await until(page, async () => (await of()).reason === 'carrier called'))) {
    wrong.push(`the role knows ${JSON.stringify(await of())}`);
  }
  if ((await of()).owner !== 'preview' || !(await of()).by?.startsWith('preview')) {
    wrong.push(`who did it is ${JSON.stringify(await of())}`);
  }
  if (!(await until(page, () => name('Take back').isVisible()))) {
    return [...wrong, 'the page does not show who sees to it'];
  }
  dialog = await open(page, name('Take back'));
  wrong.push(...(await wrongIn(page)));
  await page.keyboard.type('wrong one');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached', timeout: 15_000 });
  if (!(await until(page, async () => !(await of()).owner))) {
    wrong.push('it was not given back');
  }
  return wrong;
}

async function silenced(page, asked) {
  const wrong = [];
  const active = async () => (await asked('/api/v2/silences')).filter((each) => each.status.state === 'active');
  const button = page.getByRole('button', { name: /^Silence: / }).first();
  let dialog = await open(page, button);
  wrong.push(...(await wrongIn(page)));
  const labels = await dialog.getByRole('checkbox').count();
  await page.keyboard.type('works of the carrier');
  await dialog.getByRole('button', { name: 'Silence', exact: true }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached', timeout: 15_000 });
  const [one] = await active();
  if (one?.comment !== 'works of the carrier' || one.createdBy !== 'preview' || one.matchers.length !== labels || one.matchers.some((each) => each.isRegex || !each.isEqual)) {
    wrong.push(`silences: ${JSON.stringify(one)}`);
  }
  if (!(await until(page, () => page.getByText(/silenced until/).first().isVisible()))) {
    wrong.push('the page does not show the silence');
  }
  const silent = table(page).locator('tbody tr').filter({ hasText: 'silenced until' }).getByRole('button', { name: /^Silence: / }).first();
  dialog = await open(page, silent);
  await dialog.getByRole('button', { name: 'End this silence' }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached', timeout: 15_000 });
  if (!(await until(page, async () => (await active()).length === 0))) {
    wrong.push('the silence was not ended');
  }
  return wrong;
}

const LEVELS = ['engineer', 'senior', 'manager', 'VP'];

/** Gives the first alarm a ticket that nobody takes, whose four levels are alarms of their own. */
async function escalated(page, result) {
  const wrong = [];
  let own;
  const pattern = '**/resources/alarms';
  await page.route(pattern, async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    own = answer.alarms.find((each) => each.ticket === '');
    answer.alarms.push(...LEVELS.map((step, i) => ({ ...own, id: `level${i}`, rule: 'TicketEscalated', severity: 'major', devices: 0, ticket: own.id, step, since: own.since + (i + 1) * 900_000, raised: own.since + (i + 1) * 900_000, summary: `nobody has taken ticket ${own.id}: to the ${step}` })));
    await route.fulfill({ response, json: answer });
  });
  const taken = [];
  await page.route('**/resources/alarms/*/acknowledge', async (route) => {
    taken.push(new URL(route.request().url()).pathname.split('/').at(-2));
    await route.fulfill({ json: { done: true } });
  });
  const row = table(page).locator('tbody tr').filter({ hasText: 'escalated to' });
  if (!(await until(page, async () => (await row.count()) > 0))) {
    return ['no escalation is shown'];
  }
  const text = await row.first().innerText();
  if ((await row.count()) !== 1 || !/VP\s.*manager\s.*senior\s.*engineer\s/.test(text) || !text.includes('4 alarms')) {
    wrong.push(`it shows ${await row.count()} rows, the first of them ${JSON.stringify(text)}`);
  }
  const counted = Number((await page.getByRole('button', { name: /^Raised now/ }).first().innerText()).match(/\d+/)?.[0]);
  if (counted !== (await table(page).locator('tbody tr').count()) + LEVELS.length - 1) {
    wrong.push(`${counted} are counted as raised`);
  }
  await page.screenshot({ path: result.picture('walk-escalation') });
  const dialog = await open(page, row.getByRole('button', { name: /^Acknowledge: / }));
  wrong.push(...(await wrongIn(page)));
  await page.screenshot({ path: result.picture('walk-escalation-taken') });
  await page.keyboard.type('on it');
  await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached', timeout: 15_000 });
  if (taken.length !== 1 || taken[0] !== own.id) {
    wrong.push(`acknowledged are ${JSON.stringify(taken)}, the ticket is that of ${own.id}`);
  }
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  return wrong;
}

async function history(page, fleet) {
  await page.getByRole('button', { name: 'History' }).focus();
  await page.keyboard.press('Enter');
  await settled(page);
  let reason = '';
  const same = await until(page, async () => {
    const wanted = (await fleet.report('alarms', '--from', '1h')).map((row) => row.name).sort();
    const shown = (await table(page, 'History').locator('tbody tr td:nth-child(2), tbody tr th:nth-child(2)').allInnerTexts()).map((text) => text.trim().split('\n')[0]).sort();
    reason = `it shows ${JSON.stringify(shown)}, the report has ${JSON.stringify(wanted)}`;
    return wanted.length > 0 && JSON.stringify(shown) === JSON.stringify(wanted);
  }, 60);
  return same ? [] : [reason];
}

async function own(browser, base, customer, raised) {
  const page = await openPage(browser, {});
  await page.goto(addressOf(base, `${ROOT}/wall`, { organisation: '2' }));
  await settled(page);
  const wanted = (await raised()).filter((each) => each.customer === customer).length;
  const region = page.getByRole('region', { name: 'Open alarms' });
  const wrong = [];
  if (!(await until(page, async () => (await region.getByRole('listitem').count()) === Math.min(wanted, 11)))) {
    wrong.push(`${await region.getByRole('listitem').count()} alarms are listed, ${wanted} are raised`);
  }
  if ((await region.getByRole('button').count()) > 0) {
    wrong.push('something can be done there');
  }
  const uid = await page.evaluate(async () => {
    const answers = await Promise.all(['alarms/x/acknowledge', 'silences'].map((path) => fetch(`/api/datasources/uid/mimamori-2/resources/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Grafana-Org-Id': '2' }, body: '{}' })));
    return answers.map(({ status }) => status);
  });
  if (uid.some((status) => status !== 403)) {
    wrong.push(`what it asks to be done is answered ${uid}`);
  }
  await page.context().close();
  return wrong;
}
