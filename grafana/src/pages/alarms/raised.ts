import { type Matcher, type RaisedAlarm, SEVERITIES } from '../../datasource/alarms';
import { type usePageLink } from '../links';

/** What an alarm is about, by its place and entity. */
interface About {
  customer: string;
  site: string;
  device: string;
  entity: string;
}

/** Where an alarm leads to; empty where there is no page of it. */
export function raisedLink({ customer, site, device, entity }: About, link: ReturnType<typeof usePageLink>): string {
  const [kind, name] = cut(entity);
  if (customer === '') {
    return '';
  }
  switch (kind) {
    case 'device':
      return link('device', { customer, site, device: name });
    case 'interface':
      return link('interface', { customer, site, device, interface: name.slice(device.length + 1) });
    case 'sensor':
      return link('device', { customer, site, device });
    case 'path':
      return link('path', { customer, site, path: name });
    case 'appliance':
      return link('appliances', {}, { customer, site });
    case 'customer':
      return link('customer', { customer });
    default:
      return site === '' ? link('customer', { customer }) : link('site', { customer, site });
  }
}

/** "device/edge" as "device" and "edge". */
function cut(entity: string): [string, string] {
  const at = entity.indexOf('/');
  return at < 0 ? [entity, ''] : [entity.slice(0, at), entity.slice(at + 1)];
}

/** Of these alarms the ones of a customer and a site; empty names select all. */
export function raisedAt(rows: RaisedAlarm[], customer: string, site: string): RaisedAlarm[] {
  return rows.filter((row) => (customer === '' || row.customer === customer) && (site === '' || row.site === site));
}

/** Whether an alarm is at a device: about it, or about a part of it. */
export const isAt = (row: RaisedAlarm, customer: string, site: string, device: string) => row.customer === customer && row.site === site && row.device === device;

/** The gravest first; of these what nobody sees to, then what was raised last. */
export function byGravity<Alarm extends RaisedAlarm>(rows: Alarm[]): Alarm[] {
  return [...rows].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || Number(handled(a)) - Number(handled(b)) || b.raised - a.raised || a.id.localeCompare(b.id)
  );
}

/** A row of the page: an alarm, or what is raised of one ticket's escalation. */
export interface RaisedRow extends RaisedAlarm {
  /** The alarms in it; those of an escalation in the order in which its levels were reached. */
  parts: RaisedAlarm[];
}

/** The rows of alarms: each level that a ticket's escalation has reached is an alarm, and all of them are one row. */
export function rowsOfAlarms(alarms: RaisedAlarm[]): RaisedRow[] {
  const rows = new Map<string, RaisedRow>();
  for (const alarm of alarms) {
    const key = alarm.step !== '' ? `ticket ${alarm.ticket}` : alarm.id;
    const row = rows.get(key);
    row ? rows.set(key, oneRow([...row.parts, alarm])) : rows.set(key, { ...alarm, parts: [alarm] });
  }
  return [...rows.values()];
}

/** The alarms of one escalation as a row: as grave as the gravest, seen to or silenced only where each of them is. */
function oneRow(alarms: RaisedAlarm[]): RaisedRow {
  const parts = [...alarms].sort((a, b) => a.since - b.since || a.raised - b.raised || a.step.localeCompare(b.step));
  const [first] = parts;
  const last = parts[parts.length - 1];
  const untils = parts.map(({ until }) => until);
  const [gravest] = [...parts].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  return {
    ...last,
    severity: gravest.severity,
    since: first.since,
    until: untils.includes(null) ? null : Math.min(...(untils as number[])),
    maintenance: parts.every(({ maintenance }) => maintenance),
    flapping: parts.some(({ flapping }) => flapping),
    silences: last.silences.filter(({ id }) => parts.every(({ silences }) => silences.some((each) => each.id === id))),
    parts,
  };
}

/**
 * The alarm that acknowledging a row is about. What is late about a ticket is over when somebody takes the ticket,
 * which is done at its own alarm; to acknowledge one level of its escalation would leave the next to be told.
 */
export function acknowledgedBy(row: RaisedAlarm, all: RaisedAlarm[]): RaisedAlarm {
  if (row.ticket === '' || row.until !== null) {
    return row;
  }
  return all.find(({ id }) => id === row.ticket) ?? { ...row, id: row.ticket };
}

/** Whether somebody sees to it, or it is silenced. */
export const handled = (row: RaisedAlarm) => row.until !== null || row.silences.length > 0;

/** The labels of an alarm that a silence may go by; those that it lacks are left out. */
export function matchersOf(row: RaisedAlarm): Matcher[] {
  return [
    ['alertname', row.rule], ['customer', row.customer], ['site', row.site], ['entity', row.entity],
  ]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

/** How many of these alarms matchers of matchersOf select. */
export function matched(rows: RaisedAlarm[], matchers: Matcher[]): number {
  const labels = (row: RaisedAlarm): Record<string, string> => ({ alertname: row.rule, customer: row.customer, site: row.site, entity: row.entity });
  return rows.filter((row) => matchers.every(({ name, value }) => labels(row)[name] === value)).length;
}
