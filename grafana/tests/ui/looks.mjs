// Every page at every width in one theme and language, and once in the other of both.
import { addressOf, drawn, HEIGHTS, openPage, settled } from './browser.mjs';
import { go, look, ROOT } from './pages.mjs';

/** How pages are looked at. A window is made wider or narrower around a page, which is then not asked for again. */
export const LOOKS = [
  { theme: 'light', language: 'ja-JP', widths: [1280] },
  { theme: 'dark', language: 'en-US', widths: [1280, 390, 1920] },
];

/** Opens a page of the browser in which pages are looked at in one way. */
export async function openLook(browser, base, { theme, language }) {
  const page = await openPage(browser, { language });
  await page.goto(addressOf(base, `${ROOT}/wall`, { theme, language }));
  await settled(page);
  return page;
}

/** Puts the pointer on the first row of a table, where there is one: that it can be read there is looked at too. */
async function pointAtRow(page) {
  const row = page.locator('main tbody tr').first();
  const box = (await row.count()) > 0 ? await row.boundingBox() : null;
  await page.mouse.move(box ? box.x + box.width / 2 : 0, box ? box.y + box.height / 2 : 0);
}

/** Goes to a page and looks at it at each width. */
export async function lookAt(page, name, place, range, { theme, language, widths }, result) {
  await page.setViewportSize({ width: widths[0], height: HEIGHTS[widths[0]] });
  await go(page, place, name === 'wall' ? undefined : range, { asks: name !== 'settings' });
  for (const width of widths) {
    const title = `${name}-${theme}-${language}-${width}`;
    await page.setViewportSize({ width, height: HEIGHTS[width] });
    await drawn(page);
    await settled(page, { asks: false, quiet: 50 });
    await page.screenshot({ path: result.picture(title) });
    await pointAtRow(page);
    result.view({ page: name, picture: `${title}.png`, ...(await look(page, title, { theme, language, width })) });
    page.said.length = 0;
  }
}
