// What axe finds against WCAG 2, levels A and AA.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Rows of one table or list are made alike: of a long one the first are looked at. */
const ALIKE = 'main tbody > tr:nth-child(n+31), main ol > li:nth-child(n+31)';
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The violations on a page: id, impact, help and the elements. */
export async function check(page) {
  if (!(await page.evaluate(() => 'axe' in window))) {
    // The page's loader would take axe for a module of its own.
    await page.evaluate(`(() => { const define = undefined; ${source} })()`);
  }
  const violations = await page.evaluate(
    ([tags, alike]) => window.axe.run({ include: [document], exclude: [alike] }, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then((result) => result.violations),
    [TAGS, ALIKE]
  );
  return violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help,
    targets: nodes.map((node) => `${node.target.join(' ')} ${node.html.slice(0, 200)}: ${node.any.concat(node.all, node.none).map((each) => each.message).join('; ')}`),
  }));
}
