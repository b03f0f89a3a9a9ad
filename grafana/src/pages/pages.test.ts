import { describe, expect, it } from 'vitest';

import { type ApplianceRow, type DeviceRow, type PathRow } from '../figures/standing';
import { APP_ID, APP_ROOT } from '../ids';
import { includes } from '../plugin.json';
import { troubleOf, troubleState } from './appliances/trouble';
import { foldSpots } from './blindspots/fold';
import { byReason, isPartial } from './blindspots/reasons';
import { detailText, type Spot } from './blindspots/spots';
import { risksOf } from './own/risks';
import { readParameters } from './parameters';
import { PAGE_PATHS } from './paths';
import { presentOf } from '../view/age';
import { asSevere, newOnes, type RateRow, severityOf, total } from './syslog/rates';
import { fullNow, type LinkRow, summarise } from './utilization/links';

describe("the entries of Grafana's menu", () => {
  it('are addresses as they stand: Grafana fills nothing into them', () => {
    const there = [...Object.values(PAGE_PATHS).map((path) => `${APP_ROOT}/${path}`), `/plugins/${APP_ID}`];
    const entries = includes.filter((each) => each.type === 'page').map((each) => each.path);
    expect(entries).not.toHaveLength(0);
    expect(entries.filter((path) => !there.includes(path))).toEqual([]);
  });
});

describe('appliances', () => {
  const fine = { silent: false, silent_since: null, last_heartbeat: 1, clock_refused: false, dropped_blocks: 0, backlog_oldest: null, clock_offset_ms: null } as ApplianceRow;
  it('have one trouble, the gravest', () => {
    expect(troubleOf(fine, 100_000)).toBe('none');
    expect(troubleOf({ ...fine, silent: true, last_heartbeat: null }, 0)).toBe('never');
    expect(troubleOf({ ...fine, silent: true, silent_since: 5 }, 0)).toBe('silent');
    expect(troubleOf({ ...fine, dropped_blocks: 1, backlog_oldest: 0 }, 100_000)).toBe('dropping');
    expect(troubleOf({ ...fine, backlog_oldest: 0 }, 60_000)).toBe('none');
    expect(troubleOf({ ...fine, backlog_oldest: 0 }, 60_001)).toBe('behind');
    expect(troubleOf({ ...fine, clock_offset_ms: -60_001 }, 0)).toBe('clock');
    expect(troubleState('silent')).toBe('unknown');
  });
});

describe('blind spots', () => {
  it('are counted by reason, an appliance for all behind it', () => {
    const groups = byReason([{ reason: 'timeout', devices: 1, remedy: '' }, { reason: 'appliance_silent', devices: 12, remedy: '' }, { reason: 'timeout', devices: 1, remedy: '' }]);
    expect(groups.map((each) => [each.code, each.devices])).toEqual([['appliance_silent', 12], ['timeout', 2]]);
    expect(isPartial({ reason: 'timeout', what: 'ping' })).toBe(true);
    expect(isPartial({ reason: 'timeout', what: 'snmp' })).toBe(false);
  });
});

describe('the log', () => {
  const rate = (severity: number | null, messages: number, change: string | null = null) => ({ severity, messages, change, what: 'X' }) as RateRow;
  it('tells how much is grave, and what is new', () => {
    const rows = [rate(2, 1), rate(3, 10), rate(6, 100, 'new'), rate(null, 5)];
    expect([total(rows), asSevere(rows, 3), asSevere(rows, 2)]).toEqual([116, 11, 1]);
    expect(newOnes(rows)).toHaveLength(1);
    expect([severityOf('error (3)'), severityOf('3 err'), severityOf(undefined)]).toEqual([3, 3, null]);
  });
});

describe('links that are full now', () => {
  it('go by the newest value there is, however short that has been so', () => {
    const lines = [
      { name: 'quiet', values: [99, 99, 12] },
      { name: 'full', values: [10, 98, null] },
      { name: 'fuller', values: [10, 11, 99] },
    ];
    expect(fullNow(lines)).toEqual({ name: 'fuller', percent: 99 });
    expect(fullNow(lines.slice(0, 2))).toEqual({ name: 'full', percent: 98 });
    expect(fullNow(lines.slice(0, 1))).toBeUndefined();
    expect(fullNow([{ name: 'silent', values: [99, null, null] }])).toBeUndefined();
  });
});

describe('links', () => {
  it('name the fullest, and the one that is full first', () => {
    const link = (name: string, p95: number | null, days: number | null) => ({ interface: name, p95_pct: p95, days_until_full: days }) as LinkRow;
    const found = summarise([link('a', 20, 30), link('b', 90, null), link('c', null, 5), link('d', 10, 400)]);
    expect([found.busiest?.interface, found.busy, found.fullFirst?.interface, found.fullSoon]).toEqual(['b', 1, 'c', 2]);
  });
});

describe('an overview', () => {
  it('lists the risks of its own network alone', () => {
    const risks = risksOf(undefined, undefined, [{ p95_pct: 85, days_until_full: null } as LinkRow], [{ path: 'p', poor_minutes: 3, min_mos: 2 } as PathRow]);
    expect(risks.map((each) => each.kind)).toEqual(['busy', 'voice']);
  });
});

describe('addresses and the present', () => {
  it('read what is there, and the empty text for what is not', () => {
    expect(readParameters('?customer=A%20%26%20B&x=1', ['customer', 'site'])).toEqual({ customer: 'A & B', site: '' });
  });
  it('go by the clock of the backend', () => {
    expect(presentOf({ answeredAt: 1000, receivedAt: 50 }, 60)).toBe(1010);
  });
});

describe('blind spots behind what is down', () => {
  const device = (name: string, more: Partial<DeviceRow>) => ({ customer: 'c', site: 's', device: name, state: 'down', cause: 'no answer', behind: '', maintenance: false, since: 7, ...more }) as DeviceRow;
  const spot = (name: string, reason = 'timeout', what = 'snmp') => ({ customer: 'c', site: 's', device: name, reason, what, devices: 1 }) as Spot;
  it('are one row of the device that is down, after the real cases', () => {
    const devices = [device('edge', {}), device('core', { cause: 'unreachable', behind: 'edge' }), device('lone', { cause: 'unreachable' })];
    const spots = [spot('edge'), spot('core'), spot('core', 'no_ping', 'ping'), spot('lone'), spot('core', 'credentials'), spot('up')];
    expect(foldSpots(spots, devices).map((row) => [row.device, row.reason, row.devices])).toEqual([
      ['core', 'credentials', 1],
      ['up', 'timeout', 1],
      ['lone', 'way_down', 1],
      ['edge', 'device_down', 2],
    ]);
  });
  it('are told in words', () => {
    expect(detailText('ask 127.0.0.1: context deadline exceeded')).toBe('no answer in time');
    expect(detailText('ask 127.0.0.1: wrong digest')).toBe('wrong digest');
    expect(detailText(null)).toBe('');
  });
});
