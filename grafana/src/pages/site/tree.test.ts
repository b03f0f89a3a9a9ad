import { describe, expect, it } from 'vitest';

import { type DeviceRow } from '../../figures/standing';
import { type Outage } from '../../figures/types';
import { openOutages } from './outages';
import { allNodes, deviceTree, findDevice, opensAtFirst, rootsOfTrouble, treeLines } from './tree';
import { siteVerdict } from './verdict';
import { deviceVerdict } from '../device/verdict';

/** A device of the site, up unless said otherwise. */
function device(name: string, behind = '', more: Partial<DeviceRow> = {}): DeviceRow {
  return {
    customer: 'Aoba', site: 'Sendai', device: name, address: '', state: 'up', cause: '', since: 0, last_seen: 0, behind,
    appliance: 'box', model: '', interfaces: 0, booted: null, uptime_s: null, reboots: 0, maintenance: false, ...more,
  };
}

const down = { state: 'down', cause: 'no answer' };
const cut = { state: 'down', cause: 'unreachable' };
const NOW = Date.UTC(2026, 8, 18, 12);
const BEGAN = Date.UTC(2026, 8, 18, 2, 14);
const names = (rows: DeviceRow[]) => treeLines(deviceTree(rows), () => true).map((line) => `${line.level} ${line.node.row.device}`);

describe('the tree of a site', () => {
  it('has what is behind a device below it, and names in the order people count', () => {
    expect(names([device('sw-10', 'fw'), device('sw-2', 'fw'), device('fw')])).toEqual(['1 fw', '2 sw-2', '2 sw-10']);
  });

  it('begins with the branch that is in trouble', () => {
    expect(names([device('a'), device('b'), device('b-1', 'b', down)])).toEqual(['1 b', '2 b-1', '1 a']);
  });

  it('has a device behind one of another site at its root, and says so', () => {
    const [root] = deviceTree([device('sw', 'core-elsewhere')]);
    expect(root.through).toBe('core-elsewhere');
  });

  it('loses nobody in a ring', () => {
    const roots = deviceTree([device('a', 'c'), device('b', 'a'), device('c', 'b'), device('self', 'self')]);
    expect(allNodes(roots).map((node) => node.row.device).sort()).toEqual(['a', 'b', 'c', 'self']);
  });

  it('counts what is behind at any distance, also in a chain too deep for recursion', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => device(`d${i}`, i === 0 ? '' : `d${i - 1}`));
    const [root] = deviceTree(rows);
    expect(root.behind).toBe(19_999);
  });

  it('of many devices opens only branches in which something is the matter', () => {
    const [well, ill] = [deviceTree([device('a'), device('b', 'a')])[0], deviceTree([device('a'), device('b', 'a', down)])[0]];
    expect([opensAtFirst(well, 10), opensAtFirst(well, 1000), opensAtFirst(ill, 1000)]).toEqual([true, false, true]);
  });

  it('takes as roots of trouble those down by themselves, most behind them first', () => {
    const roots = deviceTree([device('lone', '', down), device('fw', '', down), device('sw', 'fw', cut), device('kept', '', { ...down, maintenance: true })]);
    expect(rootsOfTrouble(roots).map((node) => node.row.device)).toEqual(['fw', 'lone']);
  });

  it('finds a device with the way to it', () => {
    const found = findDevice(deviceTree([device('fw'), device('a', 'fw'), device('sw', 'fw'), device('ap', 'sw')]), 'ap');
    expect(found?.way.map((node) => node.row.device)).toEqual(['sw', 'fw']);
  });
});

describe('the answer of a site', () => {
  const facts = (rows: DeviceRow[]) => ({ site: 'Sendai', roots: deviceTree(rows), appliances: [], standing: undefined });

  it('says what is down, since when, why, and what is behind it', () => {
    const verdict = siteVerdict(facts([device('fw-1', '', { ...down, since: BEGAN }), device('a', 'fw-1', cut), device('b', 'a', cut), device('c', 'a', cut)]), 'utc', NOW);
    expect(verdict).toEqual({ state: 'down', text: 'fw-1 has been down since 02:14: no answer to pings; 3 devices are behind it.' });
  });

  it('is never green of a site without devices, or of unknown ones', () => {
    expect(siteVerdict(facts([]), 'utc', NOW).state).toBe('empty');
    expect(siteVerdict(facts([device('a'), device('b', '', { state: 'unknown', cause: 'silent' })]), 'utc', NOW).state).toBe('unknown');
    expect(siteVerdict(facts([device('a'), device('b', '', { state: 'something new' })]), 'utc', NOW).state).toBe('unknown');
    expect(siteVerdict(facts([device('a', '', cut)]), 'utc', NOW).state).toBe('unreachable');
  });

  it('is up when all are', () => {
    expect(siteVerdict(facts([device('a'), device('b')]), 'utc', NOW)).toEqual({ state: 'up', text: 'All 2 devices at Sendai are up.' });
  });
});

describe('the answer of a device', () => {
  it('names who is down on the way', () => {
    const rows = [device('fw', '', down), device('sw', 'fw', cut), device('ap', 'sw', { ...cut, since: BEGAN })];
    const { node, way } = findDevice(deviceTree(rows), 'ap')!;
    expect(deviceVerdict(node.row, node.behind, way, 'utc', NOW).text).toBe('ap cannot be reached since 02:14, because fw is down.');
  });

  it('tells of a restart of late', () => {
    expect(deviceVerdict(device('ap', '', { since: BEGAN, uptime_s: 600 }), 0, [], 'utc', NOW).text).toBe('ap has been up since 02:14. It restarted 10 min ago.');
  });

  it('does not call maintenance an outage', () => {
    expect(deviceVerdict(device('ap', '', { ...down, maintenance: true }), 0, [], 'utc', NOW).state).toBe('maintenance');
  });
});

describe('open outages', () => {
  it('have causes before what is only unreachable for them, with evidence and ticket of the outage', () => {
    const nodes = allNodes(deviceTree([device('fw', '', { ...down, since: 5 }), device('sw', 'fw', { ...cut, since: 1 }), device('up')]));
    const outage = { device: 'fw', from: 9, ongoing: true, evidence: 'lost 4 of 4', ticket: 'T-1' } as unknown as Outage;
    expect(openOutages(nodes, [outage]).map((each) => [each.device.device, each.since, each.ticket, each.evidence])).toEqual([
      ['fw', 5, 'T-1', 'lost 4 of 4'],
      ['sw', 1, null, null],
    ]);
  });
});
