import { LoadingState } from '@grafana/data';
import { describe, expect, it, vi } from 'vitest';

import { annotationSupport } from './annotations';
import { orNoAnswer, zoneName } from './datasource';
import { MEASURES, PARAMETERS, withFigure } from './form';
import { FIGURES, isNewer, migrateQuery, QUERY_VERSION } from './query';
import { listNames, VARIABLE_LIMIT } from './variables';

describe('migrateQuery', () => {
  it('completes a query written by hand', () => {
    expect(migrateQuery({ refId: 'A', figure: 'voice', measure: 'mos' as never })).toEqual({
      refId: 'A', figure: 'voice', shape: 'table', measure: ['mos'], version: QUERY_VERSION,
    });
  });

  it('leaves a present one and a later one as they are', () => {
    const later = { refId: 'A', version: 99, figure: 'tomorrow' as never, shape: 'table' as const };
    expect(migrateQuery(later)).toBe(later);
    expect(isNewer(migrateQuery(later))).toBe(true);
    expect(isNewer(migrateQuery({ refId: 'A' }))).toBe(false);
  });
});

describe('annotations', () => {
  const prepare = annotationSupport.prepareAnnotation!;
  it('are completed once, and then stay the same one', () => {
    const once = prepare({ name: 'Outages', enable: true, iconColor: 'red', target: { customer: 'acme' } as never });
    expect(once.target).toEqual({ refId: 'Anno', version: QUERY_VERSION, figure: 'outages', shape: 'annotations', customer: 'acme' });
    expect(prepare(once)).toBe(once);
  });
});

describe('form', () => {
  it('knows every figure', () => {
    expect(Object.keys(PARAMETERS).sort()).toEqual([...FIGURES].sort());
    for (const measures of Object.values(MEASURES)) {
      expect(measures.length).toBeGreaterThan(0);
    }
  });

  it('keeps names and drops what another figure takes for something else', () => {
    const query = { refId: 'A', version: 1, figure: 'utilization' as const, shape: 'series' as const, customer: 'Aoba', kind: 'wan', order: 'percent', top: 5, measure: ['in_bps'], interface: 'Gi0/0' };
    expect(withFigure(query, 'voice')).toMatchObject({ figure: 'voice', customer: 'Aoba', shape: 'series' });
    expect(withFigure(query, 'voice')).not.toHaveProperty('kind');
    expect(withFigure(query, 'voice')).not.toHaveProperty('measure');
    expect(withFigure(query, 'voice')).not.toHaveProperty('interface');
  });
});

describe('orNoAnswer', () => {
  it('takes an answer without any frame for none', () => {
    expect(orNoAnswer({ data: [], state: LoadingState.Done }).error).toBeDefined();
    expect(orNoAnswer({ data: [], state: LoadingState.Done }).state).toBe(LoadingState.Error);
  });

  it('leaves an empty frame, an error and no question at all as they are', () => {
    for (const response of [{ data: [{ fields: [], length: 0 }], state: LoadingState.Done }, { data: [], state: LoadingState.Error, error: { message: 'refused' } }, { data: [] }]) {
      expect(orNoAnswer(response)).toBe(response);
    }
  });
});

describe('zoneName', () => {
  it('is an IANA name the backend can load', () => {
    expect(zoneName('Asia/Tokyo')).toBe('Asia/Tokyo');
    expect(zoneName('utc')).toBe('UTC');
    expect(zoneName('browser')).not.toBe('browser');
  });
});

describe('listNames', () => {
  const source = (total: number) => ({
    names: vi.fn(async (_: unknown, { offset = 0, limit = 0 }: { offset?: number; limit?: number } = {}) => {
      const size = Math.max(0, Math.min(limit, total - offset));
      return { items: Array.from({ length: size }, (__, i) => ({ value: `d${offset + i}`, text: `d${offset + i}` })), total, more: offset + size < total };
    }),
  });

  it('goes through all pages: no name twice, none left out', async () => {
    const found = await listNames(source(730), 'devices', { customer: 'Aoba' });
    expect(new Set(found.map((each) => each.value)).size).toBe(730);
  });

  it('ends at its limit', async () => {
    expect(await listNames(source(100_000), 'devices', {})).toHaveLength(VARIABLE_LIMIT);
  });
});
