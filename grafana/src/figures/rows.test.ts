import { FieldType, toDataFrame } from '@grafana/data';
import { describe, expect, it } from 'vitest';

import { notesOf, rowsOf, seriesOf } from './rows';

describe('rowsOf', () => {
  it('keeps blanks blank: never zero, never "null"', () => {
    const frame = toDataFrame({
      fields: [
        { name: 'device', type: FieldType.string, values: ['a', null] },
        { name: 'mos', type: FieldType.number, values: [4.1, NaN] },
        { name: 'since', type: FieldType.time, values: [1000, undefined] },
      ],
    });
    expect(rowsOf(frame)).toEqual([
      { device: 'a', mos: 4.1, since: 1000 },
      { device: null, mos: null, since: null },
    ]);
    expect(rowsOf(undefined)).toEqual([]);
  });
});

describe('seriesOf', () => {
  it('reads a wide frame by its labels, and keeps gaps', () => {
    const frame = toDataFrame({
      fields: [
        { name: 'time', type: FieldType.time, values: [1, 2, 3] },
        { name: 'in_bps', type: FieldType.number, labels: { device: 'a' }, values: [5, null, 7] },
        { name: 'out_bps', type: FieldType.number, labels: { device: 'a' }, values: [1, 2, 3] },
      ],
    });
    expect(seriesOf([frame])).toEqual([
      { measure: 'in_bps', labels: { device: 'a' }, times: [1, 2, 3], values: [5, null, 7] },
      { measure: 'out_bps', labels: { device: 'a' }, times: [1, 2, 3], values: [1, 2, 3] },
    ]);
  });
});

describe('notesOf', () => {
  it('reads what the backend says beside the rows', () => {
    const frame = toDataFrame({ fields: [] });
    frame.meta = {
      custom: { notes: ['2 devices tell nothing'], truncated: true, total: 12000, as_of: '2026-05-01T00:00:30Z', late: true },
      notices: [{ severity: 'warning', text: 'only 1000 rows' }],
    };
    expect(notesOf([frame])).toEqual({
      notes: ['2 devices tell nothing', 'only 1000 rows'],
      truncated: true,
      total: 12000,
      asOf: Date.parse('2026-05-01T00:00:30Z'),
      late: true,
      answeredAt: undefined,
    });
  });

  it('knows nothing where nothing is said', () => {
    const frame = toDataFrame({ fields: [] });
    frame.meta = { custom: { notes: null, total: null, as_of: null } };
    expect(notesOf([frame]).asOf).toBeUndefined();
    expect(notesOf([frame]).late).toBe(false);
    expect(notesOf([]).truncated).toBe(false);
  });
});
