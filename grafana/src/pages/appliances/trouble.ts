import { type ApplianceRow } from '../../figures/standing';
import { type State } from '../../view/state';

/** What is the matter with an appliance, the gravest first. */
export const TROUBLES = ['never', 'silent', 'refused', 'dropping', 'behind', 'clock', 'none'] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Waiting longer than this for the way to the centre, in milliseconds, is a backlog: blocks wait a moment by design. */
export const BACKLOG_AFTER = 60_000;
/** A clock may be so wrong ahead or behind, in milliseconds; beyond it measurements stand at the wrong time. */
export const CLOCK_AHEAD = 30_000;
export const CLOCK_BEHIND = -60_000;

/** The gravest trouble of an appliance at a moment. */
export function troubleOf(row: ApplianceRow, now: number): Trouble {
  if (row.silent) {
    return row.silent_since === null && row.last_heartbeat === null ? 'never' : 'silent';
  }
  if (row.clock_refused) {
    return 'refused';
  }
  if ((row.dropped_blocks ?? 0) > 0) {
    return 'dropping';
  }
  if (row.backlog_oldest !== null && now - row.backlog_oldest > BACKLOG_AFTER) {
    return 'behind';
  }
  const offset = row.clock_offset_ms ?? 0;
  return offset > CLOCK_AHEAD || offset < CLOCK_BEHIND ? 'clock' : 'none';
}

/** A trouble as a state: nothing is known behind one that is not heard. */
export function troubleState(trouble: Trouble): State {
  switch (trouble) {
    case 'none':
      return 'up';
    case 'never':
    case 'silent':
    case 'refused':
      return 'unknown';
    default:
      return 'degraded';
  }
}

/** How many appliances have each trouble. */
export function countTroubles(rows: ApplianceRow[], now: number): Record<Trouble, number> {
  const counts = Object.fromEntries(TROUBLES.map((each) => [each, 0])) as Record<Trouble, number>;
  for (const row of rows) {
    counts[troubleOf(row, now)]++;
  }
  return counts;
}
