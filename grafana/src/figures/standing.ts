import { type Row } from './rows';

// Rows of the figures about how things stand, by their columns. Times are milliseconds since 1970.

/** A row of `topology`: a device, and what it is behind. */
export interface DeviceRow extends Row {
  customer: string;
  site: string;
  device: string;
  address: string | null;
  state: string | null;
  cause: string | null;
  since: number | null;
  last_seen: number | null;
  /** Name of the device it is reached through; empty for none. */
  behind: string | null;
  appliance: string | null;
  model: string | null;
  interfaces: number | null;
  booted: number | null;
  uptime_s: number | null;
  reboots: number | null;
  maintenance: boolean | null;
}

/** A row of `appliances`. */
export interface ApplianceRow extends Row {
  customer: string;
  site: string;
  appliance: string;
  last_heartbeat: number | null;
  silent: boolean | null;
  silent_since: number | null;
  interval_s: number | null;
  backlog_bytes: number | null;
  backlog_blocks: number | null;
  backlog_oldest: number | null;
  dropped_blocks: number | null;
  clock_offset_ms: number | null;
  clock_refused: boolean | null;
  version: string | null;
  /** Sent between the last heartbeat and the one before. */
  uplink_bytes: number | null;
  /** Mean of the last 15 minutes. */
  uplink_bps: number | null;
  devices: number | null;
  unknown: number | null;
}

/** A row of `interfaces`: traffic over the time asked for, and the last poll. */
export interface InterfaceRow extends Row {
  customer: string;
  site: string;
  device: string;
  interface: string;
  alias: string | null;
  kind: string | null;
  /** ifOperStatus in words; empty where it is not known. */
  oper_state: string | null;
  in_capacity_bps: number | null;
  out_capacity_bps: number | null;
  in_bps: number | null;
  out_bps: number | null;
  utilization_pct: number | null;
  in_peak_bps: number | null;
  out_peak_bps: number | null;
  in_error_pct: number | null;
  out_error_pct: number | null;
  last_measured: number | null;
  last_in_bps: number | null;
  last_out_bps: number | null;
  last_utilization_pct: number | null;
  last_in_error_pct: number | null;
  last_out_error_pct: number | null;
}

/** A row of `paths`: a voice path, its latest minute, its means over the time asked for. */
export interface PathRow extends Row {
  customer: string;
  site: string;
  path: string;
  target: string | null;
  codec: string | null;
  minute: number | null;
  mos: number | null;
  band: string | null;
  loss_pct: number | null;
  delay_ms: number | null;
  jitter_ms: number | null;
  mean_mos: number | null;
  min_mos: number | null;
  mean_loss_pct: number | null;
  mean_delay_ms: number | null;
  minutes: number | null;
  poor_minutes: number | null;
}
