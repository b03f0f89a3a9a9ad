import { describe, expect, it } from 'vitest';

import { type RaisedAlarm } from '../../datasource/alarms';
import { quietVerdict } from './quiet';
import { acknowledgedBy, byGravity, isAt, matched, matchersOf, raisedAt, raisedLink, rowsOfAlarms } from './raised';

const alarm = (more: Partial<RaisedAlarm> = {}): RaisedAlarm => ({
  id: 'a', severity: 'major', ticketSeverity: 'S2', rule: 'DeviceDown', customer: 'acme', site: 'tokyo', device: 'edge', entity: 'device/edge', name: 'edge', since: 1, raised: 2,
  due: null, devices: 0, events: 0, flapping: false, maintenance: false, summary: '', owner: '', reason: '', until: null, silences: [], ticket: '', step: '', ...more,
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

describe('an escalation', () => {
  const level = (step: string, since: number, more: Partial<RaisedAlarm> = {}) => alarm({ id: `${step} ${more.ticket ?? 'a'}`, rule: 'TicketEscalated', ticket: 'a', step, since, raised: since, ...more });
  const levels = [level('manager', 300), level('engineer', 100), level('senior', 200)];

  it('of one ticket is one row with its levels in their order, beside the alarm itself', () => {
    const rows = rowsOfAlarms([levels[0], alarm(), levels[1], alarm({ id: 'late', rule: 'ResponseOverdue', ticket: 'a' }), levels[2], level('engineer', 50, { ticket: 'b' })]);
    expect(rows.map((row) => row.parts.map(({ step }) => step))).toEqual([['engineer', 'senior', 'manager'], [''], [''], ['engineer']]);
    expect(rows[0]).toMatchObject({ ticket: 'a', step: 'manager', since: 100, severity: 'major' });
    expect(rows.reduce((sum, row) => sum + row.parts.length, 0)).toBe(6);
  });

  it('is as grave as its gravest, and seen to or silenced only where all of it is', () => {
    const quiet = { id: 's', by: 'x', comment: 'y', until: 9 };
    const [row] = rowsOfAlarms([level('engineer', 1, { severity: 'critical', until: 5, silences: [quiet] }), level('senior', 2, { silences: [quiet, { ...quiet, id: 'other' }] })]);
    expect([row.severity, row.until, row.silences.map(({ id }) => id)]).toEqual(['critical', null, ['s']]);
    const [seen] = rowsOfAlarms([level('engineer', 1, { until: 5 }), level('senior', 2, { until: 4 })]);
    expect(seen.until).toBe(4);
  });

  it('is acknowledged by taking the ticket, which is at its own alarm', () => {
    const own = alarm({ summary: 'edge is down' });
    const [row] = rowsOfAlarms(levels);
    expect(acknowledgedBy(row, [own, ...levels])).toBe(own);
    expect(acknowledgedBy(row, levels).id).toBe('a');
    expect(acknowledgedBy(alarm({ id: 'late', ticket: 'a' }), [own]).id).toBe('a');
    expect(acknowledgedBy(own, [own])).toBe(own);
  });
});

describe('no alarm', () => {
  it('is good news only where what could raise one is known', () => {
    expect(quietVerdict(true, '')).toEqual({ state: 'up', text: 'No alarm is raised.' });
    expect(quietVerdict(true, '200 of 200 devices unknown')).toEqual({ state: 'unknown', quiet: true, text: 'No alarm is raised, but not all is known: 200 of 200 devices unknown.' });
    expect(quietVerdict(false, '')).toEqual({ state: 'unknown', quiet: true, text: 'No alarm is raised, and nothing was heard lately.' });
  });
});
