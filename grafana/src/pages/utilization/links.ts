import { type Row } from '../../figures/rows';
import { BUSY, SATURATED } from '../../view/load';

/** A row of `capacity`: a link over the time asked for. */
export interface LinkRow extends Row {
  customer: string;
  site: string;
  device: string;
  interface: string;
  alias: string | null;
  kind: string | null;
  duplex: string | null;
  in_capacity_bps: number | null;
  out_capacity_bps: number | null;
  p95_in_bps: number | null;
  p95_out_bps: number | null;
  p95_pct: number | null;
  in_bps: number | null;
  out_bps: number | null;
  utilization_pct: number | null;
  in_peak_bps: number | null;
  out_peak_bps: number | null;
  /** Hour of the day in the page's zone, such as 11:00. */
  busy_hour: string | null;
  busy_hour_bps: number | null;
  growth_pct_per_day: number | null;
  days_until_full: number | null;
  samples: number | null;
  missing_samples: number | null;
  remarks: string | null;
}

/** A line through the days says little of more than this many days ahead. */
export const SOON = 90;

/** Days of measurements that it takes to tell when a link is full. */
export const DAYS_TO_TELL = 14;

/** What is worth saying of some links. */
export interface LinkSummary {
  /** The one with the highest 95th percentile. */
  busiest: LinkRow | undefined;
  /** Those whose 95th percentile is worth a look. */
  busy: number;
  /** The one that is full first, within SOON days. */
  fullFirst: LinkRow | undefined;
  fullSoon: number;
}

/** Sums links up. */
export function summarise(rows: LinkRow[]): LinkSummary {
  const known = rows.filter((row) => row.p95_pct !== null).sort((a, b) => (b.p95_pct ?? 0) - (a.p95_pct ?? 0));
  const full = rows.filter((row) => row.days_until_full !== null && row.days_until_full <= SOON).sort((a, b) => (a.days_until_full ?? 0) - (b.days_until_full ?? 0));
  return { busiest: known[0], busy: known.filter((row) => (row.p95_pct ?? 0) >= BUSY).length, fullFirst: full[0], fullSoon: full.length };
}

/** A link by its device and name. */
export function linkName(row: Pick<LinkRow, 'device' | 'interface'>): string {
  return `${row.device} ${row.interface}`;
}

/** A link that is as good as full now. */
export interface Full {
  name: string;
  percent: number;
}

/**
 * The fullest link by the newest value of each line. Percentiles are of whole five minutes, and of a day they
 * do not show what has been full for an hour: a page that went by them alone would call that well.
 */
export function fullNow(lines: Array<{ name: string; values: Array<number | null> }>): Full | undefined {
  const last = lines.map(({ name, values }) => ({ name, percent: values.at(-1) ?? values.at(-2) ?? 0 })); // the last bucket may have no poll yet
  return last.filter(({ percent }) => percent >= SATURATED).sort((a, b) => b.percent - a.percent)[0];
}
