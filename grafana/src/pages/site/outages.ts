import { type DeviceRow } from '../../figures/standing';
import { type Outage } from '../../figures/types';
import { shownState, type State } from '../../view/state';
import { type DeviceNode } from './tree';

/** Something that is not up now, and since when. */
export interface OpenOutage {
  device: DeviceRow;
  state: State;
  /** When it began, however long ago; null where nobody knows. */
  since: number | null;
  cause: string | null;
  evidence: string | null;
  ticket: string | null;
  /** Devices behind it. */
  behind: number;
}

/**
 * What is not up now: what may be a cause first, then what is unreachable or unknown. Since
 * when comes from the state, because outages are cut to the time range; evidence and ticket from the outage.
 */
export function openOutages(nodes: DeviceNode[], outages: Outage[]): OpenOutage[] {
  const ongoing = new Map(outages.filter((each) => each.ongoing === true).map((each) => [each.device, each]));
  return nodes
    .filter(({ row }) => !['up', 'empty'].includes(shownState(row.state, row.cause)))
    .map(({ row, state, behind }) => {
      const outage = ongoing.get(row.device);
      return { device: row, state, since: row.since, cause: row.cause, evidence: text(outage?.evidence), ticket: text(outage?.ticket), behind };
    })
    .sort((a, b) => outagePlace(a.state) - outagePlace(b.state) || b.behind - a.behind || (a.since ?? Infinity) - (b.since ?? Infinity));
}

/** What may be a cause comes first; then what nobody can tell of, because something else is in the way. */
const ORDER: readonly State[] = ['down', 'degraded', 'unreachable', 'unknown', 'maintenance'];

/** Where a state stands in a list of what is out. */
export function outagePlace(state: State): number {
  const at = ORDER.indexOf(state);
  return at < 0 ? ORDER.length : at;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
