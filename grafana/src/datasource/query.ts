import type { DataQuery } from '@grafana/schema';

/** What can be asked. The names are those of the reports; the columns are in docs/reports.md. */
export const FIGURES = [
  'customers', 'sites', 'states', 'topology', 'interfaces', 'paths', 'reboots', 'appliances',
  'availability', 'outages', 'contributors', 'utilization', 'capacity', 'voice', 'health',
  'syslog', 'syslog_rates', 'notifications', 'alarms', 'blindspots', 'maintenance', 'corrections', 'corrected', 'devices',
] as const;

export type FigureName = (typeof FIGURES)[number];

/** `table`: one frame with the report's columns. `series`: a time field and labelled value fields. `annotations`: events. */
export type Shape = 'table' | 'series' | 'annotations';

/** Version of the saved query model that this build writes. */
export const QUERY_VERSION = 1;

/**
 * One question to the store. Names select by exact name and an absent one selects all that the
 * scope token allows. Which parameters count depends on the figure; the others are ignored.
 */
export interface MimamoriQuery extends DataQuery {
  version: number;
  figure: FigureName;
  shape: Shape;
  customer?: string;
  site?: string;
  device?: string;
  interface?: string;
  path?: string;
  /** What there is a row for: device, site, customer or group; of syslog_rates the columns counted by. */
  by?: string;
  /** Columns wanted of a series; none means the figure's main ones. */
  measure?: string[];
  /** Kind of interface (wan, lan, ignored) or of sensor; of devices trouble, of alarms open. */
  kind?: string;
  order?: string;
  /** The N biggest alone; 0 or absent for all. */
  top?: number;
  /** Bucket: "" for one over the whole range, "auto" by the picture's width, or such as 5m, 1h, 24h. */
  step?: string;
  calendar?: string;
  search?: string;
  severity?: string;
  mnemonic?: string;
  host?: string;
  app?: string;
  before?: string;
  notification?: string;
  /** Name of the rule of an alarm. */
  alert?: string;
  unasked?: boolean;
  /** Of capacity: per cent from which on a link is full; absent for 100. */
  fullAt?: number;
  limit?: number;
  offset?: number;
  /** IANA zone that days and calendars go by; filled in with the dashboard's when asked. */
  tz?: string;
}

/** A question as the pages write it: the data source fills in the rest. */
export type FigureQuery = Partial<Omit<MimamoriQuery, 'figure' | 'refId' | 'version'>> & { figure: FigureName };

/** Parameters that may hold a dashboard variable. */
export const TEXT_PARAMETERS = [
  'customer', 'site', 'device', 'interface', 'path', 'by', 'kind', 'order', 'step', 'calendar',
  'search', 'severity', 'mnemonic', 'host', 'app', 'before', 'notification', 'alert',
] as const satisfies ReadonlyArray<keyof MimamoriQuery>;

/** What a new query begins with. */
export const DEFAULT_QUERY: Partial<MimamoriQuery> = {
  version: QUERY_VERSION,
  figure: 'availability',
  shape: 'table',
};

/**
 * Brings a saved query to the present version. One without a version was written by hand and may
 * lack everything but the figure. One of a later version is left as it is, and `isNewer` tells.
 */
export function migrateQuery(saved: Partial<MimamoriQuery> & { refId: string }): MimamoriQuery {
  const version = typeof saved.version === 'number' ? saved.version : 0;
  if (version >= QUERY_VERSION) {
    return saved as MimamoriQuery;
  }
  const { measure } = saved as { measure?: unknown };
  return {
    ...saved,
    version: QUERY_VERSION,
    figure: saved.figure ?? 'availability',
    shape: saved.shape ?? 'table',
    ...(typeof measure === 'string' ? { measure: [measure] } : {}),
  };
}

/** Whether the query was saved by a later version of the plugin than this one. */
export function isNewer(query: Pick<MimamoriQuery, 'version'>): boolean {
  return query.version > QUERY_VERSION;
}
