// The pages without a mouse: everything that can be reached shows where one is, trees, strips
// and tables go by their keys.
import { settled } from './browser.mjs';
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

async function tree(page) {
  const wrong = [];
  const here = page.locator('[role="treeitem"]:focus');
  await page.locator('[role="treeitem"][tabindex="0"]').first().focus();
  const names = [await here.getAttribute('aria-label')];
  const expanded = await here.getAttribute('aria-expanded');
  if (expanded !== null) {
    await page.keyboard.press(expanded === 'true' ? 'ArrowLeft' : 'ArrowRight');
    const turned = await here.getAttribute('aria-expanded');
    if (turned === expanded) {
      wrong.push(`an arrow key does not turn what is ${expanded === 'true' ? 'open' : 'closed'}`);
    }
    await page.keyboard.press('ArrowRight');
  }
  await page.keyboard.press('ArrowDown');
  names.push(await here.getAttribute('aria-label'));
  await page.keyboard.press('Home');
  names.push(await here.getAttribute('aria-label'));
  if (names[0] === names[1] || names[0] !== names[2]) {
    wrong.push(`down and home lead from ${names.join(' to ')}`);
  }
  await page.keyboard.press('Enter');
  await settled(page);
  if (!/\/devices\//.test(page.url())) {
    wrong.push(`Enter leads to ${page.url()}`);
  }
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
