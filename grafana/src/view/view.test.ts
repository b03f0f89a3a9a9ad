import { dateTime } from '@grafana/data';
import { describe, expect, it } from 'vitest';

import { labelPlaces, nearest, pathOf, pauseOf, spanOf, ticks, timeTicks } from './chart';
import { availability, bitRate, BLANK, duration, milliseconds, percent } from './format';
import { ageOf, isPast, momentOf } from './age';
import { rowWindow } from './rowWindow';
import { compareCells, nextSorting, sorted } from './sorting';
import { shownState, stateOf } from './state';
import { bands, stretchAt, stripRows } from './strip';

describe('format', () => {
  it('writes figures with their units, and a dash for none', () => {
    expect(bitRate(999)).toBe('999 bit/s');
    expect(bitRate(999_900)).toBe('1 Mbit/s');
    expect(availability(100 - 1e-10)).toBe('99.999 %');
    expect(bitRate(12_345_678)).toBe('12.3 Mbit/s');
    expect(bitRate(0)).toBe('0 bit/s');
    expect(bitRate(null)).toBe(BLANK);
    expect(percent(0.04)).toBe('0.04 %');
    expect(percent(98.44)).toBe('98.4 %');
    expect(milliseconds(182.34)).toBe('182 ms');
  });

  it('never calls an availability 100 that is not', () => {
    expect(availability(99.99996)).toBe('99.999 %');
    expect(availability(100)).toBe('100 %');
    expect(availability(99.95)).toBe('99.950 %');
    expect(availability(null)).toBe(BLANK);
  });

  it('writes lengths of time in two units', () => {
    expect(duration(59_999)).toBe('59 s');
    expect(duration(11_520_000)).toBe('3 h 12 min');
    expect(duration(2 * 86_400_000 + 3_600_000)).toBe('2 d 1 h');
    expect(duration(-5)).toBe('0 s');
  });
});

describe('state', () => {
  it('never takes what it does not know for up', () => {
    expect(stateOf(null)).toBe('unknown');
    expect(stateOf('splendid')).toBe('unknown');
  });

  it('shows maintenance over all, and unreachable apart from down', () => {
    expect(shownState('down', 'unreachable')).toBe('unreachable');
    expect(shownState('down', 'no answer')).toBe('down');
    expect(shownState('down', 'no answer', true)).toBe('maintenance');
  });
});

describe('freshness', () => {
  it('knows a time gone by, however it was chosen', () => {
    const now = Date.parse('2026-05-02T12:00:00Z');
    const until = (to: string, raw: string) => ({ from: dateTime(0), to: dateTime(to), raw: { from: '', to: raw } });
    expect(isPast(until('2026-05-01T23:59:59Z', 'now-1d/d'), now)).toBe(true);
    expect(isPast(until('2026-05-01T23:59:59Z', '2026-05-01T23:59:59Z'), now)).toBe(true);
    expect(isPast(until('2026-05-02T23:59:59Z', 'now/d'), now)).toBe(false);
    expect(isPast(until('2026-05-03T00:00:00Z', '2026-05-03T00:00:00Z'), now)).toBe(false);
    expect(isPast(until('2026-05-02T11:59:00Z', 'now'), now)).toBe(false);
  });

  it('tells lengths of time by the end of a time gone by, and else by the present', () => {
    const now = Date.parse('2026-05-02T12:00:00Z');
    const until = (to: string, raw: string) => ({ from: dateTime(0), to: dateTime(to), raw: { from: 'now-1d', to: raw } });
    expect(momentOf(until('2026-05-01T23:59:59Z', 'now-1d/d'), now)).toBe(Date.parse('2026-05-01T23:59:59Z'));
    expect(momentOf(until('2026-05-02T23:59:59Z', 'now/d'), now)).toBe(now);
  });

  it('goes by the backend clock until the answer, then by the pace of this one', () => {
    const answer = { asOf: 1_000_000, late: false, answeredAt: 1_010_000, receivedAt: 9_000_000 };
    expect(ageOf(answer, 9_000_000)).toBe(10_000);
    expect(ageOf(answer, 9_060_000)).toBe(70_000);
    expect(ageOf({ ...answer, asOf: undefined }, 9_000_000)).toBeUndefined();
  });
});

describe('sorting', () => {
  it('leaves blanks last, whichever way', () => {
    const rows = [{ v: null }, { v: 2 }, { v: 10 }];
    expect(sorted(rows, (row) => row.v, false).map((row) => row.v)).toEqual([2, 10, null]);
    expect(sorted(rows, (row) => row.v, true).map((row) => row.v)).toEqual([10, 2, null]);
  });

  it('counts the numbers in names', () => {
    expect(compareCells('Gi0/2', 'Gi0/10', false)).toBeLessThan(0);
  });

  it('begins figures with the biggest, names with A, and turns round the second time', () => {
    expect(nextSorting(undefined, 'mos', true)).toEqual({ column: 'mos', descending: true });
    expect(nextSorting({ column: 'mos', descending: true }, 'mos', true).descending).toBe(false);
    expect(nextSorting({ column: 'mos', descending: true }, 'site', false).descending).toBe(false);
  });
});

describe('rowWindow', () => {
  it('draws what is in sight of 20,000 rows, and no more', () => {
    const shown = rowWindow(20_000, 36, 360_000, 560);
    expect(shown.end - shown.first).toBeLessThan(40);
    expect(shown.above + shown.below + (shown.end - shown.first) * 36).toBe(20_000 * 36);
    expect(rowWindow(3, 36, 99_999, 560)).toEqual({ first: 0, end: 3, above: 0, below: 0 });
  });
});

describe('chart', () => {
  it('lifts the pen at gaps, and draws a value between two of them', () => {
    const line = { name: 'a', times: [0, 1, 2, 3, 4, 100, 101], values: [1, 2, null, 4, null, 6, 7] };
    expect(pathOf(line, (x) => x, (y) => y, 10)).toBe('M0 1L1 2M3 4h0.01M100 6L101 7');
  });

  it('takes a pause longer than the usual distance for a gap', () => {
    expect(pauseOf([{ name: 'a', times: [0, 60, 120, 180, 9000], values: [] }])).toBe(150);
    expect(pauseOf([])).toBe(Infinity);
  });

  it('writes no name of a threshold over another', () => {
    expect(labelPlaces([100, 20], 10)).toEqual([96, 33]);
    expect(labelPlaces([13, 10], 10)).toEqual([36, 23]);
    expect(labelPlaces([60, 58, 57], 10)).toEqual([79, 66, 53]);
    expect(labelPlaces([], 10)).toEqual([]);
  });
  it('spans values, thresholds and what is asked for', () => {
    const lines = [{ name: 'a', times: [0, 1], values: [2, null] }];
    expect(spanOf(lines, [10], { low: 0 })).toEqual({ low: 0, high: 10 });
    expect(spanOf([], [])).toEqual({ low: 0, high: 1 });
    expect(ticks({ low: 0, high: 10 })).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it('writes whole hours of the zone', () => {
    const from = Date.parse('2026-05-01T00:10:00Z');
    const offset = 9 * 3600e3 + 1800e3;
    for (const tick of timeTicks(from, from + 6 * 3600e3, 8, () => offset)) {
      expect((tick + offset) % 3600e3).toBe(0);
    }
  });

  it('writes days where they begin when summer time ends in between', () => {
    // Berlin, 2026-10-25 03:00 becomes 02:00.
    const end = Date.parse('2026-10-25T01:00:00Z');
    const offsetAt = (at: number) => (at < end ? 2 : 1) * 3600e3;
    const days = timeTicks(Date.parse('2026-10-22T22:00:00Z'), Date.parse('2026-10-28T00:00:00Z'), 8, offsetAt);
    expect(days.length).toBe(6);
    for (const tick of days) {
      expect((tick + offsetAt(tick)) % 86400e3).toBe(0);
    }
  });

  it('finds the nearest time', () => {
    expect(nearest([0, 10, 20], 14)).toBe(1);
    expect(nearest([0, 10, 20], 16)).toBe(2);
    expect(nearest([0, 10], 99)).toBe(1);
    expect(nearest([], 1)).toBe(-1);
  });
});

describe('strip', () => {
  const row = (device: string, from: number, to: number, state: string) => ({ customer: 'A', site: 'S', device, from, to, state, cause: '', evidence: '', corrected: false, maintenance: false, merged: 1 });

  it('has a row for each device, of the same name at two sites too', () => {
    const rows = stripRows([row('b', 0, 5, 'up'), row('a', 5, 9, 'down'), { ...row('a', 0, 5, 'up'), site: 'T' }, row('a', 0, 5, 'up')]);
    expect(rows.map((each) => [each.site, each.label])).toEqual([['S', 'b'], ['S', 'a'], ['T', 'a']]);
    expect(rows[1].stretches.map((each) => each.state)).toEqual(['up', 'down']);
  });

  it('draws a second of downtime in a month at least two pixels wide, over its neighbours', () => {
    const month = 30 * 86_400_000;
    const [strip] = stripRows([row('a', 0, month / 2, 'up'), row('a', month / 2, month / 2 + 1000, 'down'), row('a', month / 2 + 1000, month, 'up')]);
    const drawn = bands(strip.stretches, 0, month, 800);
    const last = drawn[drawn.length - 1];
    expect(last.state).toBe('down');
    expect(last.width).toBe(2);
    expect(stretchAt(strip.stretches, month / 2 + 2_000_000, month / 800)?.state).toBe('down');
  });

  it('keeps a state at the very end within the picture', () => {
    const [strip] = stripRows([row('a', 999, 1000, 'down')]);
    expect(bands(strip.stretches, 0, 1000, 100)[0].left).toBe(98);
  });
});
