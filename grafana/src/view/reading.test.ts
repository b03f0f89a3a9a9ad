import { describe, expect, it } from 'vitest';

import { type PathRow } from '../figures/standing';
import { type Standing } from '../figures/types';
import { BLANK } from './format';
import { agedReading, asFarAsKnown, availabilityReading, pathsReading, type StandingFigure, standingReading, tileOf } from './reading';

const NOW = Date.UTC(2026, 8, 18, 12);
const customer = (more: Partial<Standing>) =>
  ({ customer: 'acme', devices: 200, up: 0, down: 0, unreachable: 0, degraded: 0, unknown: 0, maintenance: 0, appliances: 2, appliances_silent: 0, mos: 4.2, utilization_pct: 20, ...more }) as Standing;
const well = customer({ up: 200 });
const silent = customer({ unknown: 200, appliances_silent: 2, mos: null, utilization_pct: null });
const partly = customer({ up: 150, unknown: 50, appliances_silent: 1 });
const FIGURES: StandingFigure[] = ['down', 'unknown', 'maintenance', 'silent', 'voice', 'load'];
const read = (figure: StandingFigure, ...rows: Standing[]) => standingReading(figure, rows);

describe('a figure', () => {
  it('never looks well while nothing is known', () => {
    for (const rows of [[silent], [well, silent], [partly], []]) {
      expect(FIGURES.filter((figure) => read(figure, ...rows).state === 'up')).toEqual([]);
    }
    expect(FIGURES.map((figure) => read(figure, well).state)).toEqual(['up', 'up', 'empty', 'up', 'up', 'up']);
  });

  it('of devices down is a dash where none is known, and says what is not', () => {
    expect(read('down', silent)).toEqual({ state: 'unknown', value: BLANK, words: 'nothing is known, 200 of 200 devices unknown, 2 of 2 appliances silent' });
    expect(read('down', partly)).toEqual({ state: 'unknown', quiet: true, value: '0', words: '0 known down, 50 of 200 devices unknown, 1 of 2 appliances silent' });
    expect(read('down', well)).toEqual({ state: 'up', value: '0', words: 'of 200 devices' });
  });

  it('stays as bad as it is known to be', () => {
    expect(read('down', partly, customer({ up: 199, down: 1 }))).toMatchObject({ state: 'down', value: '1', words: '50 of 400 devices unknown, 1 of 4 appliances silent' });
    expect(read('down', customer({ up: 190, unreachable: 10 }))).toMatchObject({ state: 'unreachable', value: '0', words: '10 unreachable' });
    expect(read('voice', customer({ up: 150, unknown: 50, appliances_silent: 1, mos: 2.4 }))).toMatchObject({ state: 'down', value: '2.4' });
    expect(read('load', partly, customer({ up: 200, utilization_pct: 96 }))).toMatchObject({ state: 'degraded', value: '96 %' });
    expect(agedReading(read('down', customer({ down: 3 })), 600_000, 60_000)).toMatchObject({ state: 'down', value: '3', words: 'data 10 min old, of 200 devices' });
  });

  it('is not well of a silent appliance whose devices are still counted as up', () => {
    expect(FIGURES.filter((figure) => read(figure, customer({ up: 200, appliances_silent: 1 })).state === 'up')).toEqual([]);
  });

  it('is not well where its data is old, or there is more than was read', () => {
    expect(agedReading(read('down', well), 60_001, 60_000)).toMatchObject({ state: 'unknown', quiet: true, value: '0' });
    expect(agedReading(read('down', well), undefined, 60_000).state).toBe('unknown');
    expect(agedReading(read('down', well), 59_000, 60_000)).toEqual(read('down', well));
    expect(asFarAsKnown(read('down', well), 'of the first 1000 rows alone')).toMatchObject({ state: 'unknown', quiet: true });
  });

  it('of a page is nothing before there is an answer', () => {
    expect(tileOf('voice', [])).toBeUndefined();
    expect(tileOf('voice', [well])).toEqual({ value: '4.2', hint: undefined, state: 'up', quiet: undefined });
    expect(tileOf('voice', [customer({ up: 200, mos: null })])).toMatchObject({ value: BLANK, hint: 'nothing measured within the last 10 minutes', state: undefined });
  });
});

describe('voice paths', () => {
  const path = (more: Partial<PathRow>) => ({ customer: 'acme', path: 'a to b', minute: NOW - 60_000, mos: 4.2, loss_pct: 0, ...more }) as PathRow;

  it('are well only where each was measured of late', () => {
    expect(pathsReading([path({})], NOW)).toMatchObject({ state: 'up', value: '4.2' });
    expect(pathsReading([path({}), path({ minute: NOW - 11 * 60_000, mos: 1 })], NOW)).toEqual({ state: 'unknown', quiet: true, value: '4.2', words: '1 of 2 paths not measured' });
    expect(pathsReading([path({ minute: null, mos: null })], NOW)).toMatchObject({ state: 'unknown', value: BLANK });
  });

  it('are down where nothing comes back, which has no MOS', () => {
    expect(pathsReading([path({}), path({ mos: null, loss_pct: 100 })], NOW)).toMatchObject({ state: 'down', words: 'nothing comes back on 1 of 2 paths' });
  });
});

describe('availability', () => {
  it('is well only where it would be so had unknown time been down', () => {
    const day = { availability_pct: 100, pessimistic_pct: 100, unknown_s: 0 };
    expect(availabilityReading([day])).toEqual({ state: 'up', value: '100 %', words: '' });
    expect(availabilityReading([{ ...day, pessimistic_pct: 4, unknown_s: 82_800 }])).toEqual({ state: 'unknown', quiet: true, value: '100 %', words: 'unknown for 23 h 0 min' });
    expect(availabilityReading([{ ...day, availability_pct: 98, pessimistic_pct: 4, unknown_s: 82_800 }]).state).toBe('down');
    expect(availabilityReading([{ availability_pct: null, pessimistic_pct: null, unknown_s: 86_400 }])).toMatchObject({ state: 'unknown', value: BLANK });
  });
});
