import { describe, expect, it } from 'vitest';

import { type ApplianceRow, type DeviceRow, type InterfaceRow, type PathRow } from '../../figures/standing';
import { type SiteStanding } from '../../figures/types';
import { RECENTLY } from '../../view/recent';
import { applianceAlarms, byUrgency, deviceAlarms, linkAlarms, pathAlarms, withSince } from './alarms';

const device = (name: string, state: string, more: Partial<DeviceRow> = {}) =>
  ({ customer: 'acme', site: 'tokyo', device: name, state, cause: '', since: 1000, behind: '', appliance: 'box', maintenance: false, ...more }) as DeviceRow;
const appliance = (silent: boolean) => ({ customer: 'acme', site: 'tokyo', appliance: 'box', silent, silent_since: 500, devices: 3 }) as ApplianceRow;

describe('alarms', () => {
  it('count what is unreachable with the device that is down in its way, however far', () => {
    const rows = [device('edge', 'down'), device('core', 'down', { cause: 'unreachable', behind: 'edge' }), device('access', 'down', { cause: 'unreachable', behind: 'core' })];
    const { alarms, folded } = deviceAlarms(rows, []);
    expect(alarms.map((each) => [each.name, each.state, each.takes])).toEqual([['edge', 'down', 2]]);
    expect(folded).toBe(2);
    expect(deviceAlarms(rows, [], true).alarms).toHaveLength(3);
  });

  it('keep what is unreachable when nothing in its way is down, and bear a ring', () => {
    const rows = [device('a', 'down', { cause: 'unreachable', behind: 'b' }), device('b', 'down', { cause: 'unreachable', behind: 'a' })];
    expect(deviceAlarms(rows, []).alarms.map((each) => each.state)).toEqual(['unreachable', 'unreachable']);
  });

  it('leave devices under maintenance out, and those behind a silent appliance to it', () => {
    const rows = [device('a', 'down', { maintenance: true }), device('b', 'unknown'), device('c', 'unknown', { appliance: 'other' })];
    const found = deviceAlarms(rows, [appliance(true)]);
    expect([found.maintenance, found.unheard]).toEqual([1, 1]);
    expect(found.alarms.map((each) => each.name)).toEqual(['c']);
    expect(applianceAlarms([appliance(true), appliance(false)])).toHaveLength(1);
  });

  it('do not tell one place from another by glued names', () => {
    const rows = [device('edge', 'down', { site: 'a' }), device('core', 'down', { site: 'b', cause: 'unreachable', behind: 'edge' })];
    expect(deviceAlarms(rows, []).alarms).toHaveLength(2);
  });

  it('take links and calls by what was measured just now', () => {
    const link = (percent: number, at: number) => ({ customer: 'c', site: 's', device: 'd', interface: 'i', last_utilization_pct: percent, last_measured: at }) as InterfaceRow;
    const now = 10 * RECENTLY;
    expect(linkAlarms([link(95, now), link(94.9, now), link(99, now - RECENTLY - 1)], now)).toHaveLength(1);
    const path = (mos: number | null) => ({ customer: 'c', site: 's', path: 'p', mos, minute: now }) as PathRow;
    expect(pathAlarms([path(3.09), path(3.1), path(null)], now)).toHaveLength(1);
  });

  it('have the beginning that the wall tells of them', () => {
    const link = { customer: 'c', site: 's', device: 'd', interface: 'i', last_utilization_pct: 99, last_measured: 0 } as InterfaceRow;
    const site = (more: object) => ({ customer: 'c', site: 's', worst: 'link', worst_name: 'd i', since: 7, ...more }) as SiteStanding;
    const since = (more: object) => withSince(linkAlarms([link], 0), [site(more)])[0].since;
    expect([since({}), since({ worst_name: 'd j' }), since({ site: 'x' }), since({ worst: 'voice' })]).toEqual([7, null, null, null]);
  });

  it('come by urgency, then the newest first', () => {
    const { alarms } = deviceAlarms([device('old', 'down', { since: 1 }), device('weak', 'degraded', { since: 9 }), device('new', 'down', { since: 2 })], []);
    expect(byUrgency(alarms).map((each) => each.name)).toEqual(['new', 'old', 'weak']);
  });
});
