/** Measurements older than this, in milliseconds, say nothing of the present; the wall counts them so too. */
export const RECENTLY = 10 * 60_000;

/** Whether something was measured so lately that it may be called the present. */
export function isRecent(at: number | null, now: number): boolean {
  return at !== null && now - at <= RECENTLY;
}
