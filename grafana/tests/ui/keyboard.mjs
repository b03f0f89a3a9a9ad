// The pages without a mouse: everything that can be reached shows where one is, trees, strips
// and tables go by their keys.
import { drawn, settled } from './browser.mjs';
import { go } from './pages.mjs';

/** How many stops are looked at, so that long tables do not take all the time. */
const STOPS = 40;

export async function keyboard(page, places, range, result) {
  for (const name of ['wall', 'availability', 'site', 'device']) {
    await go(page, places[name], range);
    result.walk(`Tab through ${name}`, await stops(page));
  }
  await go(page, places.site, range);
  result.walk('a site\'s tree by the keyboard', await tree(page));
  await go(page, places.device, range);
  result.walk('a strip by the keyboard', await strip(page));
  result.walk('a table\'s order by the keyboard', await order(page));
}

/** Goes from stop to stop: each shows by an outline, a shadow or a border that it has the focus. */
async function stops(page) {
  const wrong = [];
  await page.evaluate(() => {
    document.activeElement?.blur();
    document.querySelector('main').tabIndex = -1;
    document.querySelector('main').focus();
  });
  let last;
  for (let i = 0; i < STOPS; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || !element.closest('main')) {
        return null;
      }
      // A control hidden below its label, as of a choice, is shown by that.
      const shown = [element, element.labels?.[0], element.nextElementSibling, element.parentElement].filter(Boolean);
      const visible = shown.some((each) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      });
      const box = element.getBoundingClientRect();
      return { what: element.outerHTML.slice(0, 120), visible, away: box.bottom < 0 || box.top > innerHeight };
    });
    if (at === null) {
      break;
    }
    if (!at.visible) {
      wrong.push(`the focus does not show: ${at.what}`);
    }
    if (at.away) {
      wrong.push(`the focus is out of sight: ${at.what}`);
    }
    last = at;
  }
  return last ? wrong.slice(0, 5) : ['nothing can be reached'];
}

/** Presses a key until something is so, as people do: a busy machine may show it late, or lose a key while a page is printed beside. */
async function press(page, name, isSo) {
  for (let pressed = 0; pressed < 3; pressed++) {
    await page.keyboard.press(name);
    for (const end = Date.now() + 3000; Date.now() < end; await drawn(page)) {
      if (await isSo()) {
        return true;
      }
    }
  }
  return false;
}

async function tree(page) {
  const wrong = [];
  const here = page.locator('[role="treeitem"]:focus');
  const label = () => here.getAttribute('aria-label', { timeout: 1000 }).catch(() => null);
  const expanded = () => here.getAttribute('aria-expanded', { timeout: 1000 }).catch(() => null);
  await page.locator('[role="treeitem"][tabindex="0"]').first().focus();
  const root = await label();
  const open = await expanded();
  if (open !== null) {
    if (!(await press(page, open === 'true' ? 'ArrowLeft' : 'ArrowRight', async () => (await expanded()) !== open))) {
      wrong.push(`an arrow key does not turn what is ${open === 'true' ? 'open' : 'closed'}`);
    }
    await press(page, 'ArrowRight', async () => (await expanded()) === 'true');
  }
  if (!(await press(page, 'ArrowDown', async () => ![null, root].includes(await label())))) {
    wrong.push(`down leads from ${root} to ${await label()}`);
  }
  if (!(await press(page, 'Home', async () => (await label()) === root))) {
    wrong.push(`home leads to ${await label()}, not to ${root}`);
  }
  if (!(await press(page, 'Enter', () => /\/devices\//.test(page.url())))) {
    wrong.push(`Enter leads to ${page.url()}`);
  }
  if (wrong.length > 0) {
    wrong.push(`the tree is ${await page.locator('[role="tree"]').evaluate((element) => `${document.hasFocus()} ${document.activeElement?.outerHTML.slice(0, 200)} in ${element.innerText.slice(0, 300)}`).catch((error) => error.message)}`);
  }
  await settled(page);
  return wrong;
}

async function strip(page) {
  const here = page.getByRole('group', { name: 'State of the device over time' });
  const read = () => here.locator('xpath=following-sibling::*[@aria-live]').innerText();
  await here.focus();
  const before = await read();
  await page.keyboard.press('ArrowLeft');
  const stretch = await read();
  await page.keyboard.press('Escape');
  const after = await read();
  return stretch !== before && /\d\d:\d\d/.test(stretch) && after === before ? [] : [`an arrow and Escape lead from ${JSON.stringify(before)} to ${JSON.stringify(stretch)} and ${JSON.stringify(after)}`];
}

async function order(page) {
  const heading = page.locator('main table').and(page.getByLabel('Interfaces of the device')).getByRole('columnheader', { name: 'Interface', exact: true });
  const orders = [];
  for (let i = 0; i < 2; i++) {
    await heading.getByRole('button').focus();
    await page.keyboard.press('Enter');
    orders.push(await heading.getAttribute('aria-sort'));
  }
  return orders.includes('ascending') && orders.includes('descending') ? [] : [`Enter twice on a heading orders ${orders.join(', then ')}`];
}
