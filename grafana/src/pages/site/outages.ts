import { type DeviceRow } from '../../figures/standing';
import { type Outage } from '../../figures/types';
import { shownState, type State, STATES } from '../../view/state';
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
 * What is not up now: the causes first, what is only unreachable for them after all else. Since
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
    .sort((a, b) => place(a.state) - place(b.state) || b.behind - a.behind || (a.since ?? Infinity) - (b.since ?? Infinity));
}

function place(state: State): number {
  return state === 'unreachable' ? STATES.length : STATES.indexOf(state);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
