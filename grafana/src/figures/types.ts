import { type Row } from './rows';

/** A row of the figures `customers` and `sites`: how one of them stands. Times are milliseconds since 1970. */
export interface Standing extends Row {
  customer: string;
  urgency: number;
  state: string;
  devices: number | null;
  up: number | null;
  down: number | null;
  unreachable: number | null;
  degraded: number | null;
  unknown: number | null;
  maintenance: number | null;
  appliances: number | null;
  appliances_silent: number | null;
  /** What troubles it most: site_down, device_down, appliance_silent, unknown, voice, link, degraded, maintenance, none. */
  worst: string | null;
  worst_name: string | null;
  worst_value: number | null;
  affected: number | null;
  since: number | null;
  mos: number | null;
  utilization_pct: number | null;
  as_of: number | null;
}

/** A row of `sites`. */
export interface SiteStanding extends Standing {
  site: string;
  contact: string | null;
  contact_phone: string | null;
  contact_mail: string | null;
  contact_hours: string | null;
  runbook: string | null;
}

/** A row of `outages`. */
export interface Outage extends Row {
  customer: string;
  site: string;
  device: string;
  from: number;
  to: number | null;
  state: string;
  seconds: number | null;
  cause: string | null;
  /** Not over at the end of the time asked for. */
  ongoing: boolean | null;
}
