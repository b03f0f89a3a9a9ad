import { type FreshnessFacts, momentOf, presentOf } from '../view/age';
import { usePageTime } from '../figures/time';
import { useNow } from '../view/useNow';

/** The moment that lengths of time on a page are told by: the present, renewed every so many milliseconds, or the end of a time gone by. */
export function usePresent(answer: Pick<FreshnessFacts, 'answeredAt' | 'receivedAt'>, every = 5000): number {
  const now = useNow(every);
  const { range } = usePageTime();
  return momentOf(range, presentOf(answer, now));
}
