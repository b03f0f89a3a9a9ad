import { describe, expect, it } from 'vitest';

import { type DeviceRow } from '../../figures/standing';
import { type SensorRow } from './sensors';
import { deviceVerdict, withSensors } from './verdict';

const NOW = Date.UTC(2026, 8, 18, 12);
const sensor = (more: Partial<SensorRow>) => ({ sensor: 'Fan 1', kind: 'fan', status: 'critical', value: null, unit: 'rpm', at: NOW, ...more }) as SensorRow;
const verdictOf = (state: string, sensors: SensorRow[]) => withSensors(deviceVerdict({ device: 'sw-1', state, cause: '', since: null, maintenance: false, uptime_s: null } as DeviceRow, 0, [], 'utc', NOW), sensors, NOW);

describe('a device', () => {
  it('that is up but calls a part of itself critical has a concern', () => {
    expect(verdictOf('up', [sensor({})])).toEqual({ state: 'degraded', text: 'sw-1 is up. "Fan 1" is critical.' });
    expect(verdictOf('up', [sensor({ sensor: 'Inlet', value: 81, unit: 'celsius' }), sensor({})]).text).toBe('sw-1 is up. "Inlet" is critical, at 81 \u00b0C; critical as well: 1.');
  });

  it('is not judged by what is well, or was read long ago, or while it is down', () => {
    expect(verdictOf('up', [sensor({ status: 'ok' }), sensor({ status: 'warning' }), sensor({ at: NOW - 3600_000 })]).state).toBe('up');
    expect(verdictOf('down', [sensor({})]).text).not.toContain('critical');
  });
});
