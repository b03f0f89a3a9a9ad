import { describe, expect, it } from 'vitest';

import { type DeviceRow, type InterfaceRow } from '../../figures/standing';
import { RECENTLY } from '../../view/recent';
import { interfaceQuestion, interfaceSorting, PAGE_SIZE, portState } from '../device/ports';
import { reading, sensorOrder, type SensorRow } from '../device/sensors';
import { remark } from './CapacityTiles';
import { highest, linesOf, spansCapacity } from './traffic';
import { interfaceVerdict, isPresent } from './verdict';

const NOW = Date.UTC(2026, 8, 18, 12);

const row = (more: Partial<InterfaceRow>): InterfaceRow => ({
  customer: 'Aoba', site: 'Sendai', device: 'rt-1', interface: 'Gi0/0', alias: '', kind: 'wan', oper_state: 'up', in_capacity_bps: 1e8, out_capacity_bps: 1e8,
  in_bps: 1e6, out_bps: 1e6, utilization_pct: 1, in_peak_bps: 1e6, out_peak_bps: 1e6, in_error_pct: 0, out_error_pct: 0, last_measured: NOW - 30_000,
  last_in_bps: 12e6, last_out_bps: 3e6, last_utilization_pct: 12, last_in_error_pct: 0, last_out_error_pct: null, ...more,
});

describe('the answer of an interface', () => {
  it('says what it carries of what it can', () => {
    expect(interfaceVerdict(row({}), undefined, 'utc', NOW)).toEqual({ state: 'up', text: 'rt-1 Gi0/0 carries 12.0 Mbit/s in and 3 Mbit/s out now, 12 % of 100 Mbit/s.'.replace('12.0', '12') });
  });

  it('tells full, lossy, down and old from well', () => {
    expect(interfaceVerdict(row({ last_utilization_pct: 97 }), undefined, 'utc', NOW).state).toBe('degraded');
    const lossy = interfaceVerdict(row({ last_in_error_pct: 2.5 }), undefined, 'utc', NOW);
    expect([lossy.state, lossy.text.endsWith('2.5 % of its packets are in error.')]).toEqual(['degraded', true]);
    expect(interfaceVerdict(row({ oper_state: 'down' }), undefined, 'utc', NOW).state).toBe('down');
    expect(interfaceVerdict(row({ last_measured: NOW - 3600_000 }), undefined, 'utc', NOW).state).toBe('unknown');
    expect(interfaceVerdict(row({ last_measured: null }), undefined, 'utc', NOW).state).toBe('unknown');
  });

  it('never calls present what was measured long ago, or before the device went down', () => {
    const device = (state: string, cause = '') => ({ device: 'rt-1', state, cause, since: NOW - 90_000 }) as DeviceRow;
    const lately = row({ last_measured: NOW - 120_000 });
    expect(interfaceVerdict(row({ last_measured: NOW - RECENTLY }), device('up'), 'utc', NOW).text).toContain('now');
    expect(interfaceVerdict(row({ last_measured: NOW - RECENTLY - 1 }), device('up'), 'utc', NOW)).toMatchObject({ state: 'unknown', quiet: true });
    for (const gone of [device('down'), device('down', 'unreachable')]) {
      const verdict = interfaceVerdict(lately, gone, 'utc', NOW);
      expect([verdict.state, verdict.quiet, isPresent(lately, gone, NOW)]).toEqual(['unknown', true, false]);
      expect(verdict.text).toContain('has not been measured since');
    }
    // Of a line that its device calls down there may be nothing to measure.
    expect(interfaceVerdict(row({ oper_state: 'down', last_measured: null }), device('up'), 'utc', NOW).state).toBe('down');
    expect(interfaceVerdict(row({ oper_state: 'down' }), device('down'), 'utc', NOW).state).toBe('unknown');
  });

  it('names both capacities where they differ', () => {
    expect(interfaceVerdict(row({ in_capacity_bps: 5e7 }), undefined, 'utc', NOW).text).toContain('12 % of 50 Mbit/s in, 100 Mbit/s out');
  });
});

describe('the graph of an interface', () => {
  const lines = linesOf(
    [
      { measure: 'out_bps', labels: {}, times: [1, 2], values: [null, 5] },
      { measure: 'in_bps', labels: {}, times: [1, 2], values: [30, 2] },
    ],
    ['in_bps', 'out_bps', 'none']
  );

  it('has its lines in the order asked for', () => {
    expect(lines.map((line) => line.name)).toEqual(['In', 'Out']);
    expect(highest(lines)).toBe(30);
    expect(highest([])).toBeNull();
  });

  it('spans the capacity only where the traffic is still seen then', () => {
    expect([spansCapacity(lines, 100), spansCapacity(lines, 1000), spansCapacity(lines, null), spansCapacity([], 100)]).toEqual([true, false, false, false]);
  });
});

describe('a page of interfaces', () => {
  it('is asked for in the order it is shown in', () => {
    expect(interfaceQuestion({ device: 'a' }, 'load', '', 2)).toMatchObject({ order: 'percent', offset: 2 * PAGE_SIZE, limit: PAGE_SIZE });
    expect(interfaceQuestion({ device: 'a' }, 'errors', 'wan', 0)).toMatchObject({ order: 'errors', search: 'wan', offset: 0 });
    expect(interfaceSorting('name')).toEqual({ column: 'interface', descending: false });
  });

  it('never calls a port that nothing is plugged into an outage', () => {
    expect([portState('down'), portState('up'), portState(null)]).toEqual(['empty', 'up', 'unknown']);
  });
});

describe('sensors and remarks', () => {
  it('come with the gravest first, now before once', () => {
    const sensor = (status: string, worst: string) => ({ status, worst }) as SensorRow;
    const rows = [sensor('ok', 'ok'), sensor('ok', 'critical'), sensor('warning', 'warning'), sensor('critical', 'critical'), sensor('not present', 'not present')];
    expect(rows.map((each) => sensorOrder(each)).sort((a, b) => a - b)).toEqual([rows[3], rows[2], rows[1], rows[0], rows[4]].map(sensorOrder));
  });

  it('have their unit, and a blank is a dash', () => {
    expect([reading(30.84, 'celsius'), reading(5571, 'rpm'), reading(null, 'percent'), reading(1.234, '')]).toEqual(['30.8 \u00b0C', '5,571 rpm', '\u2013', '1.23']);
  });

  it('are put in words where they are the usual ones', () => {
    expect([remark('3 days with enough measurements, 14 needed'), remark('not growing'), remark('else')]).toEqual(['measured well on 3 days, it takes 14', 'its use does not grow', 'else']);
  });
});
