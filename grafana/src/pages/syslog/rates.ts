import { type Row, type Series } from '../../figures/rows';

/** A row of `syslog_rates`. */
export interface RateRow extends Row {
  customer: string | null;
  site: string | null;
  device: string | null;
  severity: number | null;
  mnemonic: string | null;
  app_name: string | null;
  /** The mnemonic, or else the application. */
  what: string | null;
  messages: number | null;
  share_pct: number | null;
  messages_before: number | null;
  /** new, 12x, +20 %, same or -90 %; null where nothing at all was logged before. */
  change: string | null;
}

/** A row of `syslog`: a line of the log. */
export interface LogLine extends Row {
  customer: string;
  site: string;
  device: string | null;
  received: number | null;
  stamped: number | null;
  severity: number | null;
  facility: number | null;
  source: string | null;
  hostname: string | null;
  app_name: string | null;
  mnemonic: string | null;
  raw: string | null;
  complaint: string | null;
  messages: number | null;
  relayed: boolean | null;
  sender: string | null;
  what: string | null;
  text: string | null;
  cursor: string | null;
}

/** What the log shows now and did not in as much time before, the most messages first. */
export function newOnes(rows: RateRow[]): RateRow[] {
  return rows.filter((row) => row.change === 'new' && row.what).sort((a, b) => (b.messages ?? 0) - (a.messages ?? 0));
}

/** All messages of some rates. */
export function total(rows: RateRow[]): number {
  return rows.reduce((sum, row) => sum + (row.messages ?? 0), 0);
}

/** Messages this severe or more; 3 is error. */
export function asSevere(rows: RateRow[], severity: number): number {
  return total(rows.filter((row) => row.severity !== null && row.severity <= severity));
}

/** Severity of a line's label such as "error (3)" or "3 err"; null where it names none. */
export function severityOf(level: string | undefined): number | null {
  const found = /\b[0-7]\b/.exec(level ?? '');
  return found ? Number(found[0]) : null;
}

/** Series by severity, the gravest first; what has none comes last. */
export function bySeverity(series: Series[]): Array<Series & { severity: number | null }> {
  return series.map((each) => ({ ...each, severity: severityOf(each.labels.level) })).sort((a, b) => (a.severity ?? 8) - (b.severity ?? 8));
}
