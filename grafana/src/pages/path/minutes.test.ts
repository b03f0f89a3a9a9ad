import { describe, expect, it } from 'vitest';

import { type PathRow } from '../../figures/standing';
import { belowSince, lineOf, noteStretches, type VoiceRow } from './minutes';
import { noteText } from './notes';
import { pathVerdict } from './verdict';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 8, 18, 12);

function minute(at: number, more: Partial<VoiceRow> = {}): VoiceRow {
  return { minute: at * MINUTE, mos: 4.2, r: 90, scale: 'nb', loss_pct: 0, delay_ms: 80, jitter_ms: 1, sent: 3000, source: 'probe', reported_mos: null, ...more };
}

describe('notes of a path', () => {
  it('become one stretch over minutes in a row, and another after a pause', () => {
    const rows = [minute(1, { notes: 'one-way (out); rerouted' }), minute(2, { notes: 'one-way (out)' }), minute(3, { notes: '' }), minute(30, { notes: 'one-way (out)' })];
    expect(noteStretches(rows)).toEqual([
      { note: 'one-way (out)', from: 30 * MINUTE, to: 31 * MINUTE, minutes: 1 },
      { note: 'one-way (out)', from: MINUTE, to: 3 * MINUTE, minutes: 2 },
      { note: 'rerouted', from: MINUTE, to: 2 * MINUTE, minutes: 1 },
    ]);
  });

  it('are of one kind whatever figures they bear', () => {
    expect(noteStretches([minute(1, { notes: 'clock error 16 ms' }), minute(2, { notes: 'clock error 18 ms' })])).toHaveLength(1);
  });

  it('name the code points of a remark', () => {
    expect(noteText('remarked out EF->0')).toBe('Remarked on the way out: sent as EF, came as 0');
    expect(noteText('something new')).toBe('something new');
  });
});

describe('lines of a path', () => {
  it('keep gaps, and have one value a moment where there are two scales', () => {
    const rows = [minute(2, { mos: null }), minute(1, { mos: null }), minute(1, { mos: 3 }), { ...minute(3), minute: undefined, start: 3 * MINUTE }];
    expect(lineOf(rows, 'mos', 'MOS')).toEqual({ name: 'MOS', times: [MINUTE, 2 * MINUTE, 3 * MINUTE], values: [3, null, 4.2] });
  });

  it('tell since when it has been poor, unless it was so from the beginning', () => {
    expect(belowSince([minute(1), minute(2, { mos: 2 }), minute(3, { mos: null }), minute(4, { mos: 2.5 })], 3.1)).toBe(2 * MINUTE);
    expect(belowSince([minute(1, { mos: 2 })], 3.1)).toBeNull();
    expect(belowSince([minute(1, { mos: 2 }), minute(2)], 3.1)).toBeNull();
  });
});

describe('the answer of a path', () => {
  const row = (more: Partial<PathRow>): PathRow => ({
    customer: 'Aoba', site: 'Sendai', path: 'to Sapporo', target: '', codec: 'G.711', minute: NOW - MINUTE, mos: 4.2, band: 'satisfied', loss_pct: 0, delay_ms: 80,
    jitter_ms: 1, mean_mos: 4, min_mos: 3, mean_loss_pct: 0, mean_delay_ms: 80, minutes: 10, poor_minutes: 0, ...more,
  });

  it('says how calls sound, and what spoils them', () => {
    expect(pathVerdict(row({ mos: 2.4, band: 'nearly all dissatisfied', loss_pct: 8 }), NOW - 3600_000, 'utc', NOW).text).toBe(
      'Calls on "to Sapporo" have sounded bad since 11:00: MOS 2.4 (nearly all dissatisfied), 8 % loss, 80 ms delay.'
    );
    expect(pathVerdict(row({}), null, 'utc', NOW).state).toBe('up');
  });

  it('is not green of what is old, silent or never measured', () => {
    expect(pathVerdict(row({ minute: NOW - 3600_000 }), null, 'utc', NOW).state).toBe('unknown');
    expect(pathVerdict(row({ minute: null }), null, 'utc', NOW).state).toBe('unknown');
    expect(pathVerdict(row({ mos: null, loss_pct: 100 }), null, 'utc', NOW).state).toBe('down');
  });
});
