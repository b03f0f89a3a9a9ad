// What the pages are held against: a demo whose script has left something broken, its store
// asked by the command line, and the preview of the built plugin over it.
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bin = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../bin');
const mimamori = path.join(bin, 'mimamori');

/** A demo that runs, in a folder of its own unless data names that of another one. */
export class Fleet {
  constructor({ data, logs }) {
    this.children = [];
    this.logs = logs;
    this.own = !data;
    this.data = data ?? mkdtempSync(path.join(tmpdir(), 'mimamori-ui-'));
    this.startedAt = Date.now();
  }

  /** Starts the demo, and the preview once there is a store; the script plays on. */
  async start() {
    if (this.own) {
      this.child('demo', mimamori, ['demo', '--devices', '60', '--lasting', '--json', '--listen', '', '--data', this.data]);
    }
    await this.until('the store is there', () => this.report('customers'), 90);
  }

  /** Starts a preview; returns its address. */
  async preview(customer) {
    const child = this.child('preview', path.join(bin, 'mimamori-preview'), ['--leash', '--troubles', '--customer', customer, '--engine', path.join(this.data, 'engine')]);
    const [line] = await Promise.race([
      new Promise((resolve) => createInterface({ input: child.stdout }).once('line', (text) => resolve([text]))),
      new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`the preview ended with ${code}: see preview.log`)))),
    ]);
    return JSON.parse(line).address;
  }

  child(name, program, args) {
    mkdirSync(this.logs, { recursive: true });
    const child = spawn(program, args, { stdio: ['pipe', name === 'preview' ? 'pipe' : 'ignore', 'pipe'] });
    child.stderr.pipe(createWriteStream(path.join(this.logs, `${name}.log`)));
    this.children.push(child);
    return child;
  }

  /** The rows of mimamori report. */
  async report(what, ...args) {
    const { stdout } = await run(mimamori, ['report', what, '--format', 'json', '--config', path.join(this.data, 'mimamori.yaml'), ...args], { maxBuffer: 64 << 20 });
    return JSON.parse(stdout).rows;
  }

  /** Waits until something is so, and returns what is then told. */
  async until(what, ask, seconds) {
    const deadline = Date.now() + seconds * 1000;
    let reason;
    while (Date.now() < deadline) {
      try {
        const told = await ask();
        if (told) {
          return told;
        }
      } catch (error) {
        reason = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    throw new Error(`${what}: not within ${seconds} s${reason ? ` (${String(reason.stderr || reason.message).trim()})` : ''}`);
  }

  /** Waits until everything that the script breaks is broken and known, and two whole minutes were heard. */
  broken() {
    return this.until(
      'the script has broken a site, a device, a link, a voice path and silenced an appliance',
      async () => {
        const customers = await this.report('customers');
        const links = await this.report('interfaces', '--top', '3', '--from', '2m');
        const worst = (name) => customers.some((row) => row.worst === name);
        return worst('site_down') && worst('device_down') && customers.some((row) => row.appliances_silent > 0) && links.some((row) => row.utilization_pct > 90) && customers.some((row) => row.mos !== null && row.mos < 3);
      },
      180
    );
  }

  /** Ends what was started, the last first. */
  async stop() {
    for (const child of this.children.reverse()) {
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.stdin.end();
        child.kill('SIGTERM');
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000))]);
      }
    }
    if (this.own) {
      rmSync(this.data, { recursive: true, force: true });
    }
  }
}
