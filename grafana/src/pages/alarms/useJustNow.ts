import { dateTime, type TimeRange } from '@grafana/data';
import { useMemo } from 'react';

import { usePageTime } from '../../figures/time';
import { RECENTLY } from '../../view/recent';

/** The end of the page's time range: links and calls count by what was measured just now, however long the range is. */
export function useJustNow(): TimeRange {
  const { range } = usePageTime();
  return useMemo(() => {
    const from = dateTime(Math.max(range.from.valueOf(), range.to.valueOf() - RECENTLY));
    return { from, to: range.to, raw: { from, to: range.to } };
  }, [range]);
}
