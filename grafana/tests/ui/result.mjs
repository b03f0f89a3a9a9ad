// What was seen, and what was wrong with it: one line on the terminal, one entry in ui.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export class Result {
  constructor(folder) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.views = [];
    this.figures = [];
    this.walks = [];
    this.failures = [];
    this.steps = [];
    this.began = Date.now();
  }

  fail(where, what) {
    this.failures.push({ where, what });
    console.log(`FAIL ${where}: ${what}`);
  }

  /** A page in a theme, a language and a width. */
  view(entry) {
    this.views.push(entry);
    for (const { type, text } of entry.said) {
      this.fail(entry.name, `${type}: ${text}`);
    }
    for (const { id, help, targets } of entry.axe) {
      this.fail(entry.name, `axe ${id}: ${help}: ${targets.slice(0, 3).join(' | ')}`);
    }
    for (const what of entry.wrong) {
      this.fail(entry.name, what);
    }
  }

  /** A figure of a page beside that of the report. */
  figure(where, what, shown, expected, same) {
    this.figures.push({ where, what, shown, expected, same });
    if (!same) {
      this.fail(where, `${what} is shown as ${JSON.stringify(shown)}, the report says ${JSON.stringify(expected)}`);
    }
  }

  /** Something done on the pages, and whether it went as it should. */
  walk(name, wrong = []) {
    this.walks.push({ name, ok: wrong.length === 0 });
    for (const what of wrong) {
      this.fail(name, what);
    }
  }

  picture(name) {
    return path.join(this.folder, `${name}.png`);
  }

  /** Does something; what it throws is a failure of this, and not of all the rest. */
  async step(name, act) {
    const began = Date.now();
    try {
      return await act();
    } catch (error) {
      this.fail(name, error.message);
      return undefined;
    } finally {
      this.steps.push({ name, from: (began - this.began) / 1000, seconds: (Date.now() - began) / 1000 });
    }
  }

  /** Writes ui.json and says how it went. */
  end() {
    const seconds = Math.round((Date.now() - this.began) / 1000);
    const ok = this.failures.length === 0 && this.views.length > 0 && this.figures.length > 0;
    const { views, figures, walks, failures, steps } = this;
    writeFileSync(path.join(this.folder, 'ui.json'), `${JSON.stringify({ ok, seconds, views, figures, walks, failures, steps }, null, 1)}\n`);
    console.log(`${ok ? 'ok' : 'FAILED'}: ${views.length} views, ${figures.length} figures compared, ${walks.length} walks, ${failures.length} failures, ${seconds} s; ${path.join(this.folder, 'ui.json')}`);
    return ok;
  }
}
