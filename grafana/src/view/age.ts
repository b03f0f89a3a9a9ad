import { type TimeRange } from '@grafana/data';

/** Data older than this many milliseconds is called stale, in words. */
export const STALE_AFTER = 60_000;

/** Whether a range ends before the present, as yesterday does: who looks at it knows that it is old. */
export function isPast({ to, raw }: TimeRange, now: number): boolean {
  return raw.to !== 'now' && to.valueOf() < now;
}

/** The moment that lengths of time on a page are told by: the present, or the end of a time gone by. */
export function momentOf(range: TimeRange, now: number): number {
  return isPast(range, now) ? range.to.valueOf() : now;
}

/** What is known of how new an answer's data is. */
export interface FreshnessFacts {
  asOf: number | undefined;
  late: boolean;
  answeredAt: number | undefined;
  receivedAt: number;
}

/**
 * Age of the newest data in milliseconds. What the backend's clock says of the time until it
 * answered counts, then this machine's, whose zero may be wrong but whose pace is not.
 */
export function ageOf({ asOf, answeredAt, receivedAt }: FreshnessFacts, now: number): number | undefined {
  if (asOf === undefined) {
    return undefined;
  }
  const untilAnswer = (answeredAt ?? receivedAt) - asOf;
  return Math.max(0, untilAnswer) + Math.max(0, now - receivedAt);
}

/** The moment that "now" is at the backend: its clock when it answered, and what has passed here since. */
export function presentOf({ answeredAt, receivedAt }: Pick<FreshnessFacts, 'answeredAt' | 'receivedAt'>, now: number): number {
  return receivedAt === 0 ? now : (answeredAt ?? receivedAt) + Math.max(0, now - receivedAt);
}
