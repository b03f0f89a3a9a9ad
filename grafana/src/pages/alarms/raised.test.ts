import { describe, expect, it } from 'vitest';

import { type RaisedAlarm } from '../../datasource/alarms';
import { quietVerdict } from './quiet';
import { byGravity, isAt, matched, matchersOf, raisedAt, raisedLink } from './raised';

const alarm = (more: Partial<RaisedAlarm> = {}): RaisedAlarm => ({
  id: 'a', severity: 'major', ticketSeverity: 'S2', rule: 'DeviceDown', customer: 'acme', site: 'tokyo', device: 'edge', entity: 'device/edge', name: 'edge', since: 1, raised: 2,
  due: null, devices: 0, events: 0, flapping: false, maintenance: false, summary: '', owner: '', reason: '', until: null, silences: [], ...more,
});

describe('raised alarms', () => {
  it('lead to what they are about', () => {
    const link = (...said: unknown[]) => JSON.stringify(said);
    const to = (more: Partial<RaisedAlarm>) => raisedLink(alarm(more), link as never);
    const at = { customer: 'acme', site: 'tokyo' };
    expect(to({})).toBe(link('device', { ...at, device: 'edge' }));
    expect(to({ entity: 'interface/edge/Gi0/1' })).toBe(link('interface', { ...at, device: 'edge', interface: 'Gi0/1' }));
    expect(to({ entity: 'sensor/edge/fan 1' })).toBe(link('device', { ...at, device: 'edge' }));
    expect(to({ entity: 'path/to osaka', device: '' })).toBe(link('path', { ...at, path: 'to osaka' }));
    expect(to({ entity: 'appliance/box', device: '' })).toBe(link('appliances', {}, at));
    expect(to({ entity: 'site/tokyo', device: '' })).toBe(link('site', at));
    expect(to({ entity: 'customer/acme', site: '' })).toBe(link('customer', { customer: 'acme' }));
    expect(to({ entity: 'centre', customer: '', site: '' })).toBe('');
  });

  it('come by gravity, what nobody sees to before what somebody does, the newest first', () => {
    const rows = [
      alarm({ id: 'old' }), alarm({ id: 'seen', raised: 9, until: 5 }), alarm({ id: 'quiet', raised: 8, silences: [{ id: 's', by: '', comment: '', until: 1 }] }),
      alarm({ id: 'new', raised: 3 }), alarm({ id: 'small', severity: 'warning', raised: 99 }), alarm({ id: 'big', severity: 'critical' }),
    ];
    expect(byGravity(rows).map((row) => row.id)).toEqual(['big', 'new', 'old', 'seen', 'quiet', 'small']);
  });

  it('are silenced by the labels they have', () => {
    expect(matchersOf(alarm()).map(({ name, value }) => `${name}=${value}`)).toEqual(['alertname=DeviceDown', 'customer=acme', 'site=tokyo', 'entity=device/edge']);
    expect(matchersOf(alarm({ customer: '', site: '' })).map(({ name }) => name)).toEqual(['alertname', 'entity']);
    const rows = [alarm(), alarm({ entity: 'device/core' }), alarm({ site: 'osaka' })];
    const of = (...names: string[]) => matched(rows, matchersOf(alarm()).filter(({ name }) => names.includes(name)));
    expect([of('alertname'), of('site'), of('site', 'entity')]).toEqual([3, 2, 1]);
  });

  it('are of a place or a device', () => {
    const rows = [alarm(), alarm({ site: 'osaka' }), alarm({ customer: 'zen' })];
    expect([raisedAt(rows, '', '').length, raisedAt(rows, 'acme', '').length, raisedAt(rows, 'acme', 'osaka').length]).toEqual([3, 2, 1]);
    expect(rows.map((row) => isAt(row, 'acme', 'tokyo', 'edge'))).toEqual([true, false, false]);
  });
});

describe('no alarm', () => {
  it('is good news only where what could raise one is known', () => {
    expect(quietVerdict(true, '')).toEqual({ state: 'up', text: 'No alarm is raised.' });
    expect(quietVerdict(true, '200 of 200 devices unknown')).toEqual({ state: 'unknown', quiet: true, text: 'No alarm is raised, but not all is known: 200 of 200 devices unknown.' });
    expect(quietVerdict(false, '')).toEqual({ state: 'unknown', quiet: true, text: 'No alarm is raised, and nothing was heard lately.' });
  });
});
