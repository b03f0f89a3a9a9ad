import { getDefaultTimeRange, type TimeRange } from '@grafana/data';
import { createContext, useContext } from 'react';

/** The time a page asks for. A refresh makes a new range. */
export interface PageTime {
  range: TimeRange;
  /** As Grafana names it: "browser", "utc" or an IANA zone. */
  timeZone: string;
}

export const PageTimeContext = createContext<PageTime>({ range: getDefaultTimeRange(), timeZone: 'browser' });

/** Time range and zone of the page. */
export function usePageTime(): PageTime {
  return useContext(PageTimeContext);
}
