// Takes a picture of one page of a running preview, and says what axe and the console say of it:
//   node tests/ui/shot.mjs http://127.0.0.1:PORT /a/mimamori-noc-app/wall out.png [theme=light] [language=ja-JP] [width=390] [organisation=2] [full=no]
import { check } from './axe.mjs';
import { addressOf, openPage, settled, startBrowser } from './browser.mjs';

const [base, path, file, ...rest] = process.argv.slice(2);
if (!file) {
  console.error('use: node tests/ui/shot.mjs ADDRESS PATH FILE.png [theme=light|dark] [language=en-US|ja-JP] [width=390|1280|1920] [organisation=1] [full=no]');
  process.exit(2);
}
const options = Object.fromEntries(rest.map((each) => each.split('=')));
const width = Number(options.width ?? 1280);
const browser = await startBrowser();
const page = await openPage(browser, { width, language: options.language });
await page.goto(addressOf(base, path, options));
await settled(page);
await page.screenshot({ path: file, fullPage: options.full !== 'no' });
for (const { type, text } of page.said) {
  console.log(`console ${type}: ${text}`);
}
for (const finding of await check(page)) {
  console.log(`axe ${finding.impact} ${finding.id}: ${finding.help}\n  ${finding.targets.join('\n  ')}`);
}
await browser.close();
