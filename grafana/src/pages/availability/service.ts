import { type Row } from '../../figures/rows';

/** What there is a row for. */
export const GROUPINGS = ['customer', 'site', 'device', 'group'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** A row of `availability`. Lengths are seconds. */
export interface ServiceRow extends Row {
  customer: string;
  site: string | null;
  device: string | null;
  group: string | null;
  availability_pct: number | null;
  pessimistic_pct: number | null;
  target_pct: number | null;
  /** yes, no, or blank without a target. */
  met: string | null;
  nines: number | null;
  scheduled_s: number | null;
  up_s: number | null;
  degraded_s: number | null;
  down_s: number | null;
  unknown_s: number | null;
  excluded_s: number | null;
  outage_count: number | null;
  mtbf_s: number | null;
  mttr_s: number | null;
  longest_s: number | null;
  allowed_down_s: number | null;
  expected_pct: number | null;
  calendar: string | null;
  corrected_at: number | null;
  corrected_by: string | null;
  corrected_why: string | null;
  availability_before_pct: number | null;
}

/** A row of `outages` as this page shows it: a stretch that was not up. */
export interface OutageRow extends Row {
  customer: string;
  site: string | null;
  device: string | null;
  group: string | null;
  /** Members of a group that it was due to. */
  members: string | null;
  from: number;
  to: number | null;
  seconds: number | null;
  counted_s: number | null;
  excluded_s: number | null;
  excluded_why: string | null;
  state: string | null;
  cause: string | null;
  ongoing: boolean | null;
  corrected: boolean | null;
  ticket: string | null;
  evidence: string | null;
}

/** A row of `corrected`: a figure as it stood before a change after the fact. */
export interface CorrectedRow extends Row {
  customer: string;
  site: string | null;
  device: string | null;
  group: string | null;
  at: number | null;
  by: string | null;
  why: string | null;
  from: number | null;
  to: number | null;
  availability_before_pct: number | null;
}

/** A row of `contributors`. */
export interface ContributorRow extends Row {
  customer: string;
  site: string;
  device: string;
  down_s: number | null;
  share_pct: number | null;
}

type Named = Pick<ServiceRow, 'customer'> & Partial<Pick<ServiceRow, 'site' | 'device' | 'group'>>;

/** What tells one row from another. */
export function rowKey(row: Named): string {
  return JSON.stringify([row.customer, row.site ?? '', row.device ?? '', row.group ?? '']);
}

/** What a row is called, from the widest to the narrowest name. */
export function rowNames(row: Named, by: Grouping): string[] {
  switch (by) {
    case 'customer':
      return [row.customer];
    case 'site':
      return [row.customer, row.site ?? ''];
    case 'device':
      return [row.customer, row.site ?? '', row.device ?? ''];
    case 'group':
      return [row.customer, row.group ?? ''];
  }
}

/** What there is a row for where nobody says: the next narrower than what is chosen. */
export function usualGrouping(customer: string, site: string): Grouping {
  return site ? 'device' : customer ? 'site' : 'customer';
}

/** Broken promises first, then the lowest availability; what nobody knows comes last. */
export function worstFirst(rows: ServiceRow[]): ServiceRow[] {
  const rank = (row: ServiceRow) => (row.met === 'no' ? 0 : row.availability_pct === null ? 2 : 1);
  return [...rows].sort((a, b) => rank(a) - rank(b) || (a.availability_pct ?? 101) - (b.availability_pct ?? 101) || rowKey(a).localeCompare(rowKey(b)));
}

/** All rows together, by the seconds of their time. */
export interface Overall {
  /** (up + degraded) / (up + degraded + down), in per cent; null where nothing is known. */
  availability: number | null;
  down: number;
  unknown: number;
  excluded: number;
  outages: number;
  longest: number;
  /** Rows with a target, and how many of them missed it. */
  promised: number;
  missed: number;
  /** Rows with a target of which it is not known whether they kept it. */
  unjudged: number;
  /** Rows of which nothing is known. */
  unseen: number;
}

/** Adds rows up. Of service groups, whose members overlap, no common availability is told. */
export function overallOf(rows: ServiceRow[], by: Grouping): Overall {
  const sum = (value: (row: ServiceRow) => number | null) => rows.reduce((total, row) => total + (value(row) ?? 0), 0);
  const down = sum((row) => row.down_s);
  const available = sum((row) => row.up_s) + sum((row) => row.degraded_s);
  const promised = rows.filter((row) => row.met === 'yes' || row.met === 'no');
  return {
    availability: by === 'group' || available + down === 0 ? null : (100 * available) / (available + down),
    down,
    unknown: sum((row) => row.unknown_s),
    excluded: sum((row) => row.excluded_s),
    outages: sum((row) => row.outage_count),
    longest: rows.reduce((most, row) => Math.max(most, row.longest_s ?? 0), 0),
    promised: promised.length,
    missed: promised.filter((row) => row.met === 'no').length,
    unjudged: rows.filter((row) => row.target_pct !== null && row.met !== 'yes' && row.met !== 'no').length,
    unseen: rows.filter((row) => row.availability_pct === null && (row.unknown_s ?? 0) > 0).length,
  };
}

/** A device's share in the downtime of everything shown. */
export interface Share extends ContributorRow {
  share: number;
  cumulative: number;
}

/** The devices with the largest part in the downtime of all rows together, the biggest first. */
export function sharesOf(rows: ContributorRow[]): Share[] {
  const all = rows.reduce((total, row) => total + (row.down_s ?? 0), 0);
  let cumulative = 0;
  return [...rows]
    .sort((a, b) => (b.down_s ?? 0) - (a.down_s ?? 0))
    .map((row) => {
      const share = all > 0 ? (100 * (row.down_s ?? 0)) / all : 0;
      cumulative += share;
      return { ...row, share, cumulative };
    });
}

/** Outages by the row they stand behind. */
export function outagesByRow(outages: OutageRow[], by: Grouping): Map<string, OutageRow[]> {
  const found = new Map<string, OutageRow[]>();
  for (const outage of outages) {
    const { customer, site, device, group } = outage;
    const key = rowKey(by === 'customer' ? { customer } : by === 'site' ? { customer, site } : by === 'device' ? { customer, site, device } : { customer, group });
    const rows = found.get(key);
    rows ? rows.push(outage) : found.set(key, [outage]);
  }
  return found;
}
