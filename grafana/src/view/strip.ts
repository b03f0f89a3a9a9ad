import { type Row } from '../figures/rows';
import { shownState, type State, STATES } from './state';

/** Time in which something was in one state. */
export interface Stretch {
  /** Milliseconds since 1970; `to` is not included. */
  from: number;
  to: number;
  state: State;
  cause: string;
  evidence: string;
  corrected: boolean;
  /** How many it stands for, where several were too short to be drawn apart. */
  merged: number;
}

/** What is drawn in one row. */
export interface StripRow {
  key: string;
  label: string;
  customer: string;
  site: string;
  device: string;
  stretches: Stretch[];
}

/** The rows of the figure `states`, one for each device, its stretches by time. */
export function stripRows(rows: Row[]): StripRow[] {
  const found = new Map<string, StripRow>();
  for (const row of rows) {
    const [customer, site, device] = [word(row.customer), word(row.site), word(row.device)];
    const key = JSON.stringify([customer, site, device]);
    let strip = found.get(key);
    if (!strip) {
      strip = { key, label: device, customer, site, device, stretches: [] };
      found.set(key, strip);
    }
    if (typeof row.from !== 'number' || typeof row.to !== 'number') {
      continue;
    }
    strip.stretches.push({
      from: row.from,
      to: row.to,
      state: shownState(row.state, row.cause, row.maintenance),
      cause: word(row.cause),
      evidence: word(row.evidence),
      corrected: row.corrected === true,
      merged: typeof row.merged === 'number' ? row.merged : 1,
    });
  }
  for (const strip of found.values()) {
    strip.stretches.sort((a, b) => a.from - b.from);
  }
  return [...found.values()];
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A stretch as it is drawn. */
export interface Band {
  left: number;
  width: number;
  state: State;
}

/**
 * Where stretches are drawn on so many pixels. What is not up is never narrower than two pixels;
 * where it then covers its neighbour, the more urgent is drawn last and so stays in sight.
 */
export function bands(stretches: Stretch[], from: number, to: number, width: number): Band[] {
  const scale = width / Math.max(1, to - from);
  const found: Band[] = [];
  for (const each of stretches) {
    const left = Math.max(0, (each.from - from) * scale);
    const right = Math.min(width, (each.to - from) * scale);
    if (right < 0 || left > width) {
      continue;
    }
    const least = each.state === 'up' ? 0 : 2;
    found.push({ left: Math.min(left, width - least), width: Math.max(right - left, least), state: each.state });
  }
  const urgency = (state: State) => -STATES.indexOf(state);
  return found.sort((a, b) => urgency(a.state) - urgency(b.state));
}

/** The stretch at a moment; of several within the reach of a pixel the most urgent. */
export function stretchAt(stretches: Stretch[], at: number, reach: number): Stretch | undefined {
  const near = stretches.filter((each) => each.from - reach <= at && at < each.to + reach);
  return near.sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state))[0];
}
