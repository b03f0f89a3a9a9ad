import { type State } from './state';

/** From this utilization on, in percent, a link is as good as full: the wall calls it a concern. */
export const SATURATED = 95;
/** From this one on it is worth a look. */
export const BUSY = 80;
/** Below it "nearly all users dissatisfied" (ITU-T G.109): the wall calls it a concern. */
export const POOR_MOS = 3.1;
/** Below it "some users dissatisfied". */
export const FAIR_MOS = 3.6;
/** More packets in error than this, in percent, are worth a look: TCP feels it. */
export const ERRORS = 0.1;

/** What a utilization in percent is as a state: it is degraded at most, never down. */
export function loadState(percent: number | null | undefined): State | undefined {
  return percent === null || percent === undefined ? undefined : percent >= BUSY ? 'degraded' : 'up';
}

/** What a MOS is as a state. */
export function mosState(mos: number | null | undefined): State | undefined {
  return mos === null || mos === undefined ? undefined : mos < POOR_MOS ? 'degraded' : 'up';
}

/** The greater of two percentages, as far as they are known. */
export function greater(a: number | null | undefined, b: number | null | undefined): number | null {
  const known = [a, b].filter((each): each is number => typeof each === 'number');
  return known.length === 0 ? null : Math.max(...known);
}
