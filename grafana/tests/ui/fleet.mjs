// What the pages are held against: a demo whose script has left something broken, its store
// asked by the command line, and the preview of the built plugin over it.
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bin = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../bin');
const mimamori = path.join(bin, 'mimamori');

/** A port of loopback that nobody has now. */
function freeAddress() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}

/** A demo that runs, in a folder of its own unless data names that of another one. */
export class Fleet {
  constructor({ data, logs }) {
    this.children = [];
    this.folders = [];
    this.logs = logs;
    mkdirSync(logs, { recursive: true });
    this.own = !data;
    this.data = data ?? this.folder();
  }

  /** Starts the demo, and waits until there is a store; the script plays on. */
  async start() {
    if (this.own) {
      this.alarms = await freeAddress();
      this.child('demo', mimamori, ['demo', '--devices', '60', '--lasting', '--json', '--listen', this.alarms, '--data', this.data]);
    }
    await this.engine(this.data);
    await this.until('the store is there', () => this.report('customers'), 90);
  }

  /** Starts a preview of the demo; returns its address. */
  async preview(customer) {
    const alarms = this.alarms ? ['--alarms', `http://${this.alarms}`] : [];
    const { base } = await this.show('preview', path.join(this.data, 'engine'), ['--troubles', '--customer', customer, ...alarms]);
    return base;
  }

  /** Starts an installation whose inventory names nobody, and a preview of it; returns its address and what ends it. */
  async beginning() {
    const data = this.folder();
    const config = path.join(data, 'mimamori.yaml');
    writeFileSync(config, `data: ${data}\nhttp:\n  listen: ""\n`);
    const engine = this.child('beginning', mimamori, ['all', '--config', config]);
    await this.engine(data);
    const preview = await this.show('beginning-preview', path.join(data, 'engine'), []);
    return { base: preview.base, stop: () => this.end([preview.child, engine]) };
  }

  /** Waits for the engine of a folder; a report that came before would run one of its own there. */
  engine(data) {
    return this.until('the engine runs', () => existsSync(path.join(data, 'engine', 'engine.json')), 60);
  }

  async show(name, engine, args) {
    const child = this.child(name, path.join(bin, 'mimamori-preview'), ['--leash', '--engine', engine, ...args]);
    const [line] = await Promise.race([
      new Promise((resolve) => createInterface({ input: child.stdout }).once('line', (text) => resolve([text]))),
      new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`the preview ended with ${code}: see ${name}.log`)))),
    ]);
    return { base: JSON.parse(line).address, child };
  }

  folder() {
    const folder = mkdtempSync(path.join(tmpdir(), 'mimamori-ui-'));
    this.folders.push(folder);
    return folder;
  }

  child(name, program, args) {
    const child = spawn(program, args, { stdio: ['pipe', program.endsWith('preview') ? 'pipe' : 'ignore', 'pipe'] });
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
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    throw new Error(`${what}: not within ${seconds} s${reason ? ` (${String(reason.stderr || reason.message).trim()})` : ''}`);
  }

  /** Waits until what the script breaks is broken and known: a site, a device and an appliance, and a link is full. */
  broken() {
    return this.until(
      'the script has broken a site and a device, silenced an appliance and filled a link',
      async () => {
        const customers = await this.report('customers');
        const worst = (name) => customers.some((row) => row.worst === name);
        return worst('site_down') && worst('device_down') && customers.some((row) => row.appliances_silent > 0) && (await this.failing());
      },
      180
    );
  }

  /** The link that is full. */
  async failing() {
    const links = await this.report('interfaces', '--from', '30s', '--top', '1');
    return links.find((row) => row.utilization_pct > 90);
  }

  /** Ends what was started, the last first. */
  async stop() {
    await this.end([...this.children].reverse());
    for (const folder of this.folders) {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async end(children) {
    for (const child of children) {
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.stdin.end();
        child.kill('SIGTERM');
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000))]);
      }
    }
  }
}
