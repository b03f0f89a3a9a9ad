// One Chromium for all pages, and the way a page of the preview is opened.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the installed Chromium; CHROMIUM names another. */
export async function startBrowser() {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error('no Chromium is installed: on Debian apt-get install chromium, elsewhere name it in CHROMIUM');
  }
  // The sandbox does without root's privileges, which a test in a container has.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...args, '--disable-dev-shm-usage', '--force-color-profile=srgb'] });
}

/** What stands where a figure has not come yet. */
export const WAITING = ['Asking...', '問い合わせ中'];

function isWaiting(words) {
  const main = document.querySelector('main') ?? document.body;
  // React keeps what stands for a page's code for half a second once it is shown.
  return main.querySelector('[data-testid="Spinner"]') !== null || words.some((word) => main.textContent.includes(word));
}

/** How high the window is for a width: a telephone, a laptop, a wall. */
export const HEIGHTS = { 390: 844, 1280: 800, 1920: 1080 };

/** Address of a page of the preview, seen in a theme, a language and an organisation. */
export function addressOf(base, path, { theme = 'dark', language = 'en-US', organisation = 1 } = {}) {
  const address = new URL(path, base);
  address.searchParams.set('theme', theme);
  address.searchParams.set('lang', language);
  address.searchParams.set('orgId', String(organisation));
  return address.href;
}

/**
 * Waits until the page shows what it has to show: the app is there, no code, icon or figure is
 * under way any more, and nothing says that it waits.
 */
export async function settled(page, { quiet = 250, timeout = 45_000, asks = true } = {}) {
  await page.locator('main').first().waitFor({ timeout });
  const under = page.requestsUnderWay;
  const deadline = Date.now() + timeout;
  let since = Date.now();
  while (Date.now() - since < quiet) {
    if (Date.now() > deadline) {
      const wait = [...under].map((request) => request.url()).join(', ') || (asks && page.answers === 0 ? 'the page asks for nothing' : 'the page itself');
      throw new Error(`not settled after ${timeout / 1000} s: ${wait}`);
    }
    if (under.size > 0 || (asks && page.answers === 0) || (await page.evaluate(isWaiting, WAITING))) {
      since = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** What a console said, as texts. */
export function spoken(said) {
  return said.map(({ type, text }) => `${type}: ${text}`);
}

/** Waits until the page has drawn what it knows, as after another size of the window. */
export function drawn(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))));
}

/** Opens an empty page that counts its requests and keeps what its console says. */
export async function openPage(browser, { width = 1280, language = 'en-US', timezone = 'Asia/Tokyo' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: HEIGHTS[width] ?? 900 }, locale: language, timezoneId: timezone, reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.requestsUnderWay = new Set();
  page.said = [];
  page.answers = 0; // of the data source, since the page was opened
  page.on('request', (request) => page.requestsUnderWay.add(request));
  for (const event of ['requestfinished', 'requestfailed']) {
    page.on(event, (request) => page.requestsUnderWay.delete(request));
  }
  page.on('response', (response) => {
    if (/\/api\/ds\/query$|\/resources\/alarms$/.test(new URL(response.url()).pathname)) {
      page.answers++;
    }
    if (response.status() >= 400) {
      page.said.push({ type: 'answer', text: `${response.status()} of ${response.url()}`, at: response.url() });
    }
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      page.said.push({ type: message.type(), text: message.text(), at: message.location().url });
    }
  });
  page.on('pageerror', (error) => page.said.push({ type: 'error', text: String(error.stack ?? error), at: '' }));
  return page;
}
