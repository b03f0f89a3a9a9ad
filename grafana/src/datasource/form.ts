import { t } from '@grafana/i18n';

import { type FigureName, type MimamoriQuery } from './query';

/** Parameters that the form shows, in its order. */
export type Parameter =
  | 'customer' | 'site' | 'device' | 'interface' | 'path'
  | 'by' | 'measure' | 'kind' | 'order' | 'top' | 'step' | 'calendar' | 'fullAt'
  | 'search' | 'severity' | 'mnemonic' | 'host' | 'app' | 'notification' | 'unasked' | 'limit';

const SCOPE: Parameter[] = ['customer', 'site', 'device'];
const LINKS: Parameter[] = [...SCOPE, 'interface', 'kind', 'order', 'top'];

/** What each figure heeds. The form shows nothing else, so that nobody sets what has no effect. */
export const PARAMETERS: Record<FigureName, Parameter[]> = {
  customers: ['customer', 'limit'],
  sites: ['customer', 'site', 'limit'],
  states: [...SCOPE, 'limit'],
  topology: [...SCOPE, 'limit'],
  interfaces: [...SCOPE, 'interface', 'order', 'fullAt', 'search', 'limit'],
  paths: ['customer', 'site', 'path', 'limit'],
  reboots: [...SCOPE, 'limit'],
  appliances: ['customer', 'site', 'limit'],
  availability: [...SCOPE, 'by', 'calendar', 'limit'],
  outages: [...SCOPE, 'by', 'calendar', 'limit'],
  contributors: [...SCOPE, 'by', 'calendar', 'limit'],
  utilization: [...LINKS, 'step', 'limit'],
  capacity: [...LINKS, 'fullAt', 'limit'],
  voice: ['customer', 'site', 'path', 'step', 'limit'],
  health: [...SCOPE, 'kind', 'step', 'limit'],
  syslog: [...SCOPE, 'search', 'severity', 'mnemonic', 'host', 'app', 'limit'],
  syslog_rates: [...SCOPE, 'by', 'step', 'top', 'search', 'severity', 'mnemonic', 'host', 'app', 'limit'],
  notifications: [...SCOPE, 'notification', 'limit'],
  alarms: [...SCOPE, 'limit'],
  blindspots: [...SCOPE, 'unasked', 'limit'],
  maintenance: [...SCOPE, 'limit'],
  corrections: [...SCOPE, 'path', 'limit'],
  corrected: [...SCOPE, 'by', 'calendar', 'limit'],
  devices: [...SCOPE, 'limit'],
};

/** Columns that make a line of a graph, the figure's own first. */
export const MEASURES: Partial<Record<FigureName, string[]>> = {
  customers: ['urgency', 'up', 'down', 'unreachable', 'unknown', 'degraded', 'mos', 'utilization_pct'],
  sites: ['urgency', 'up', 'down', 'unreachable', 'unknown', 'degraded', 'mos', 'utilization_pct'],
  availability: ['availability_pct', 'pessimistic_pct', 'down_s', 'unknown_s', 'outage_count', 'mtbf_s', 'mttr_s'],
  utilization: ['in_bps', 'out_bps', 'utilization_pct', 'in_peak_bps', 'out_peak_bps', 'in_error_pct', 'out_error_pct'],
  capacity: ['p95_pct', 'p95_in_bps', 'p95_out_bps', 'days_until_full', 'growth_pct_per_day'],
  voice: ['mos', 'r', 'loss_pct', 'delay_ms', 'jitter_ms', 'pdv99_ms', 'burst_r'],
  paths: ['mos', 'mean_mos', 'mean_loss_pct', 'mean_delay_ms', 'mean_jitter_ms'],
  interfaces: ['last_utilization_pct', 'last_in_bps', 'last_out_bps', 'utilization_pct', 'in_bps', 'out_bps'],
  health: ['mean', 'min', 'max', 'value'],
  syslog_rates: ['messages'],
  contributors: ['share_pct', 'down_s'],
  outages: ['counted_s'],
  devices: ['state'],
  blindspots: ['devices'],
  appliances: ['backlog_bytes', 'clock_offset_ms', 'interval_s'],
};

/** Choices of `by` of a figure. */
export function groupings(figure: FigureName): string[] {
  switch (figure) {
    case 'contributors':
      return ['customer', 'site'];
    case 'syslog_rates':
      return ['mnemonic', 'severity', 'severity,mnemonic', 'device', 'host', 'app'];
    default:
      return ['device', 'site', 'customer', 'group'];
  }
}

/** What is left of a query when another figure is chosen: the names, and what the new figure heeds. */
export function withFigure(query: MimamoriQuery, figure: FigureName): MimamoriQuery {
  const kept: MimamoriQuery = { refId: query.refId, datasource: query.datasource, hide: query.hide, key: query.key, version: query.version, figure, shape: query.shape };
  const source = query as unknown as Record<string, unknown>;
  const target = kept as unknown as Record<string, unknown>;
  for (const parameter of PARAMETERS[figure]) {
    // What groups, orders or measures one figure means something else to another.
    if (!['by', 'order', 'kind', 'measure', 'fullAt'].includes(parameter) && source[parameter] !== undefined) {
      target[parameter] = source[parameter];
    }
  }
  return kept;
}

/** A figure in words. */
export function figureTitle(figure: FigureName): string {
  switch (figure) {
    case 'customers':
      return t('figure.customers', 'Customers: how each stands now');
    case 'sites':
      return t('figure.sites', 'Sites: how each stands now');
    case 'states':
      return t('figure.states', 'States over time (availability strip)');
    case 'topology':
      return t('figure.topology', 'Devices and what they are behind');
    case 'interfaces':
      return t('figure.interfaces', 'Interfaces with their traffic');
    case 'paths':
      return t('figure.paths', 'Voice paths');
    case 'reboots':
      return t('figure.reboots', 'Reboots');
    case 'appliances':
      return t('figure.appliances', 'Appliances');
    case 'availability':
      return t('figure.availability', 'Availability');
    case 'outages':
      return t('figure.outages', 'Outages');
    case 'contributors':
      return t('figure.contributors', 'Contributors to downtime');
    case 'utilization':
      return t('figure.utilization', 'Utilization of links');
    case 'capacity':
      return t('figure.capacity', 'Capacity: 95th percentile, days until full');
    case 'voice':
      return t('figure.voice', 'Voice quality');
    case 'health':
      return t('figure.health', 'Health of devices');
    case 'syslog':
      return t('figure.syslog', 'Log lines');
    case 'syslog_rates':
      return t('figure.syslog-rates', 'Log rates');
    case 'alarms':
      return t('figure.alarms', 'Alarms that were raised');
    case 'notifications':
      return t('figure.notifications', 'SNMP notifications');
    case 'blindspots':
      return t('figure.blindspots', 'Blind spots');
    case 'maintenance':
      return t('figure.maintenance', 'Maintenance windows');
    case 'corrections':
      return t('figure.corrections', 'Corrections after the fact');
    case 'corrected':
      return t('figure.corrected', 'Availability before it was corrected');
    case 'devices':
      return t('figure.devices', 'Present state of devices');
  }
}
