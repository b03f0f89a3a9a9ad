import { describe, expect, it } from 'vitest';

import { type ApplianceRow, type DeviceRow } from '../../figures/standing';
import { type Standing } from '../../figures/types';
import { customerVerdict, outagesOf } from './standing';

const NOW = Date.UTC(2026, 8, 18, 12);
const device = (name: string, state: string, more: Partial<DeviceRow> = {}) =>
  ({ customer: 'acme', site: 'tokyo', device: name, state, cause: '', since: 1000, behind: '', appliance: 'box', maintenance: false, ...more }) as DeviceRow;

describe('a customer', () => {
  it('has each cause once, in the order of a site: down, degraded, unreachable, unknown', () => {
    const devices = [
      device('lost', 'unknown', { appliance: 'other' }),
      device('alone', 'down', { cause: 'unreachable' }),
      device('lossy', 'degraded'),
      device('core', 'down', { cause: 'unreachable', behind: 'edge' }),
      device('edge', 'down'),
      device('silent', 'unknown'),
    ];
    const appliance = { customer: 'acme', site: 'tokyo', appliance: 'box', silent: true, silent_since: 500, devices: 1 } as ApplianceRow;
    expect(outagesOf(devices, [appliance]).map((each) => [each.name, each.state, each.takes])).toEqual([
      ['edge', 'down', 1],
      ['lossy', 'degraded', 0],
      ['alone', 'unreachable', 0],
      ['box', 'unknown', 0],
      ['lost', 'unknown', 0],
    ]);
  });

  it('is told of in one sentence', () => {
    const standing = (more: Partial<Standing>) => ({ customer: 'acme', state: 'up', worst: 'none', devices: 20, up: 20, since: null, ...more }) as Standing;
    expect(customerVerdict(standing({}), 'utc', NOW)).toEqual({ state: 'up', text: 'Nothing troubles acme: 20 of 20 devices are up.' });
    const down = standing({ state: 'down', worst: 'site_down', worst_name: 'Nagoya', up: 10, since: NOW - 600_000 });
    expect(customerVerdict(down, 'utc', NOW)).toEqual({ state: 'down', text: 'Site Nagoya is down, since 11:50. 10 of 20 devices are up.' });
    expect(customerVerdict(standing({ state: 'empty', devices: 0 }), 'utc', NOW).state).toBe('empty');
  });
});
