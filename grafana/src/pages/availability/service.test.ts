import { describe, expect, it } from 'vitest';
import { dateTime } from '@grafana/data';

import { nameOf, reportAddress } from './download';
import { periodOf, PERIODS } from './periods';
import { type ContributorRow, type OutageRow, outagesByRow, overallOf, rowKey, type ServiceRow, sharesOf, worstFirst } from './service';
import { verdictOf } from './words';

const row = (device: string, more: Partial<ServiceRow>) => ({ customer: 'acme', site: 'tokyo', device, group: null, met: '', target_pct: null, availability_pct: null, ...more }) as ServiceRow;

describe('service', () => {
  it('is worst where a promise was broken, and unknown comes last', () => {
    const rows = [row('unknown', {}), row('low', { availability_pct: 90 }), row('missed', { availability_pct: 99, met: 'no' }), row('fine', { availability_pct: 100, met: 'yes' })];
    expect(worstFirst(rows).map((each) => each.device)).toEqual(['missed', 'low', 'fine', 'unknown']);
  });

  it('adds up by time, not by the mean of percentages', () => {
    const rows = [row('a', { up_s: 900, degraded_s: 90, down_s: 10, met: 'no' }), row('b', { up_s: 10, degraded_s: 0, down_s: 90, met: 'yes' })];
    const all = overallOf(rows, 'device');
    expect(all.availability).toBeCloseTo((100 * 1000) / 1100, 9);
    expect([all.missed, all.promised]).toEqual([1, 2]);
    expect(overallOf(rows, 'group').availability).toBeNull();
    expect(overallOf([], 'device').availability).toBeNull();
    expect(overallOf([row('a', { longest_s: 5 }), row('b', { longest_s: 9 })], 'device').longest).toBe(9);
  });

  it('shares the downtime out among devices of every customer', () => {
    const shares = sharesOf([{ customer: 'a', site: 's', device: 'x', down_s: 25 }, { customer: 'b', site: 's', device: 'y', down_s: 75 }] as ContributorRow[]);
    expect(shares.map((each) => [each.device, each.share, each.cumulative])).toEqual([['y', 75, 75], ['x', 25, 100]]);
  });

  it('finds the outages behind each figure', () => {
    const outage = (site: string, device: string) => ({ customer: 'acme', site, device, group: null }) as OutageRow;
    const found = outagesByRow([outage('tokyo', 'a'), outage('tokyo', 'b'), outage('osaka', 'a')], 'site');
    expect(found.get(rowKey({ customer: 'acme', site: 'tokyo' }))).toHaveLength(2);
  });
});

describe('the sentence on top', () => {
  const low = { availability_pct: 53.875, down_s: 23_340, outage_count: 25, longest_s: 900 };
  it('never says that many devices were down as long as they were together', () => {
    const rows = [row('', low)];
    expect(verdictOf(rows, overallOf(rows, 'customer'), 'customer').text).toBe('The lowest of 1: acme with 53.875 %; 25 outages, 6 h 29 min of device-time; the longest 15 min.');
  });
  it('says of one device how long it was down', () => {
    const rows = [row('rt-1', { ...low, down_s: 900, outage_count: 1 })];
    expect(verdictOf(rows, overallOf(rows, 'device'), 'device').text).toContain('; down for 15 min.');
  });
});

describe('what nobody knows', () => {
  it('is no promise that was kept, and no time without downtime', () => {
    const rows = [row('fine', { availability_pct: 100, target_pct: 99, met: 'yes' }), row('unseen', { target_pct: 99, unknown_s: 3600 })];
    const all = overallOf(rows, 'device');
    expect([all.promised, all.unjudged, all.unseen]).toEqual([1, 1, 1]);
    expect(verdictOf(rows, all, 'device')).toMatchObject({ state: 'unknown', quiet: true, text: expect.stringContaining('Of 1 more nothing is known.') });
    const unpromised = rows.map((each) => ({ ...each, target_pct: null, met: '' }));
    expect(verdictOf(unpromised, overallOf(unpromised, 'device'), 'device')).toMatchObject({ state: 'unknown', quiet: true, text: 'Nothing was down of what is known. Of 1 of 2 nothing is known.' });
    expect(verdictOf(rows.slice(0, 1), overallOf(rows.slice(0, 1), 'device'), 'device').state).toBe('up');
  });
});

describe('periods and files', () => {
  it('know a period by its range', () => {
    expect(PERIODS.map((each) => periodOf({ from: each.from, to: each.to })?.id)).toEqual(PERIODS.map((each) => each.id));
    expect(periodOf({ from: 'now-7d', to: 'now' })).toBeUndefined();
  });

  it('ask with no empty parameter, which the backend refuses', () => {
    const [from, to] = [dateTime(1000), dateTime(2000)];
    const address = reportAddress('u/id', { figure: 'availability', customer: 'A & B', site: '' }, { from, to, raw: { from, to } }, 'utc', 'csv');
    expect(address).toBe('/api/datasources/uid/u%2Fid/resources/report?figure=availability&customer=A+%26+B&from=1000&to=2000&tz=UTC&format=csv');
    expect(nameOf('attachment; filename="mimamori-availability.csv"')).toBe('mimamori-availability.csv');
  });
});
