// Availability on paper and as a file: what leaves the screen.
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

import { drawn, settled } from './browser.mjs';
import { go } from './pages.mjs';

const A4 = { width: 1031, height: 703 }; // landscape within its margins, in CSS pixels

/** The report on paper: the brand above, no controls, no table wider than the sheet, the same rows. */
export async function paper(page, places, range, result) {
  const wrong = [];
  const window = page.viewportSize();
  await go(page, places.availability, { ...range, by: 'device' });
  const rows = await page.locator('main table').and(page.getByLabel(/^Availability by/)).locator('tbody tr').count();
  await page.setViewportSize(A4);
  await page.emulateMedia({ media: 'print' });
  const sheet = page.locator('.mimamori-paper');
  await sheet.waitFor({ timeout: 10_000 }).catch(() => wrong.push('there is no sheet'));
  if (wrong.length === 0) {
    if (!/mimamori/.test(await sheet.locator('header').innerText())) {
      wrong.push('the brand is not above it');
    }
    const seen = await page.evaluate(() => [...document.querySelectorAll('nav, button, select, input')].filter((each) => each.checkVisibility()).map((each) => each.outerHTML.slice(0, 100)));
    wrong.push(...seen.slice(0, 3).map((each) => `this is on the paper: ${each}`));
    const wide = await sheet.evaluate((element) => [...element.querySelectorAll('table')].filter((table) => table.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length);
    if (wide > 0) {
      wrong.push(`${wide} tables are wider than the sheet`);
    }
    const printed = await sheet.locator('table').first().locator('tbody tr').count();
    if (printed < rows) {
      wrong.push(`${printed} rows are printed of ${rows}`);
    }
    await page.screenshot({ path: result.picture('walk-paper') });
    const pdf = (await page.pdf({ preferCSSPageSize: true, path: result.picture('walk-paper').replace(/png$/, 'pdf') })).toString('latin1');
    const [, width, height] = /\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/.exec(pdf) ?? [];
    if (!(Number(width) > Number(height))) {
      wrong.push(`the sheet is ${width} by ${height} points: not landscape`);
    }
  }
  await page.emulateMedia({ media: null });
  await page.setViewportSize(window);
  await drawn(page);
  if ((await sheet.count()) > 0) {
    wrong.push('the sheet stays when it is printed');
  }
  result.walk('availability on paper', wrong);
}

/** The files of the report hold what mimamori report says. */
export async function files(page, places, fleet, range, result) {
  const time = ['--from', new Date(Number(range.from)).toISOString(), '--to', new Date(Number(range.to)).toISOString()];
  const expected = await fleet.report('availability', '--by', 'customer', ...time);
  await go(page, places.availability, { ...range, by: 'customer' });
  for (const [name, rowsOf] of [['CSV', rowsOfCSV], ['Excel', rowsOfWorkbook]]) {
    const wrong = [];
    const [file] = await Promise.all([page.waitForEvent('download', { timeout: 20_000 }), page.getByRole('button', { name, exact: true }).click()]);
    const rows = rowsOf(readFileSync(await file.path()));
    for (const { customer, availability_pct: share } of expected) {
      const row = rows.find((cells) => cells.includes(customer));
      if (!row?.some((cell) => cell !== '' && Math.abs(Number(cell) - share) < 0.001 + Math.abs(share) * 1e-9)) {
        wrong.push(`${customer} has ${share} % in the report, and in the file ${JSON.stringify(row)}`);
      }
    }
    if (!file.suggestedFilename().endsWith(name === 'CSV' ? '.csv' : '.xlsx')) {
      wrong.push(`the file is called ${file.suggestedFilename()}`);
    }
    await settled(page);
    result.walk(`availability as a file for ${name}`, wrong);
  }
}

/** Cells of a CSV file; none of ours has a line break. */
function rowsOfCSV(bytes) {
  const lines = bytes.toString('utf8').replace(/^\ufeff/, '').trim().split(/\r?\n/);
  return lines.map((line) => [...line.matchAll(/("((?:[^"]|"")*)"|[^,]*)(,|$)/g)].map(([, cell, quoted]) => quoted?.replaceAll('""', '"') ?? cell));
}

/** Cells of the first sheet of a workbook: texts and numbers as they are kept. */
function rowsOfWorkbook(bytes) {
  const parts = unzip(bytes);
  const strings = [...(parts.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map(([, text]) => plain(text));
  const sheet = parts.get('xl/worksheets/sheet1.xml');
  return [...sheet.matchAll(/<row[^>]*>(.*?)<\/row>/gs)].map(([, row]) =>
    [...row.matchAll(/<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(([, about, content = '']) => (/t="s"/.test(about) ? strings[Number(plain(content))] : plain(content)))
  );
}

const plain = (xml) => xml.replace(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** The parts of a zip archive by name, by its directory at the end. */
function unzip(bytes) {
  const parts = new Map();
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  for (let i = 0, at = bytes.readUInt32LE(end + 16); i < bytes.readUInt16LE(end + 10); i++) {
    const [method, packed, nameLength, extra, comment, place] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const from = place + 30 + bytes.readUInt16LE(place + 26) + bytes.readUInt16LE(place + 28);
    const content = bytes.subarray(from, from + packed);
    parts.set(name, (method === 8 ? inflateRawSync(content) : content).toString('utf8'));
    at += 46 + nameLength + extra + comment;
  }
  return parts;
}
