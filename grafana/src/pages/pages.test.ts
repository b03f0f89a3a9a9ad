import { describe, expect, it } from 'vitest';

import { type ApplianceRow, type PathRow } from '../figures/standing';
import { troubleOf, troubleState } from './appliances/trouble';
import { byReason, isPartial } from './blindspots/reasons';
import { risksOf } from './own/risks';
import { readParameters } from './parameters';
import { presentOf } from './present';
import { asSevere, newOnes, type RateRow, severityOf, total } from './syslog/rates';
import { type LinkRow, summarise } from './utilization/links';

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
