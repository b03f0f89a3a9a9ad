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
export function byGravity(rows: RaisedAlarm[]): RaisedAlarm[] {
  return [...rows].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || Number(handled(a)) - Number(handled(b)) || b.raised - a.raised || a.id.localeCompare(b.id)
  );
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
