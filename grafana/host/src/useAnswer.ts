import { type DataQuery, type DataQueryRequest, dateTime, type PanelData, type TimeRange } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { useEffect, useMemo, useState } from 'react';
import { from, switchMap } from 'rxjs';

import { runRequest } from './runRequest';

/** The last quarter of an hour, or what the address says in milliseconds: what a dashboard would ask for. */
function timeRange(): TimeRange {
  const asked = new URLSearchParams(window.location.search);
  const to = dateTime(Number(asked.get('to')) || Date.now());
  const start = dateTime(Number(asked.get('from')) || to.valueOf() - 15 * 60_000);
  return { from: start, to, raw: { from: start, to } };
}

/** Asks the data source one query as a dashboard does. */
export function useAnswer(query: DataQuery | undefined): PanelData | undefined {
  const [answer, setAnswer] = useState<PanelData>();
  const text = JSON.stringify(query);
  const range = useMemo(timeRange, []);
  useEffect(() => {
    if (text === undefined) {
      return;
    }
    const request = {
      app: 'dashboard', requestId: 'preview', timezone: 'browser', range, interval: '1s', intervalMs: 1000, maxDataPoints: 1000,
      targets: [JSON.parse(text) as DataQuery], scopedVars: {}, startTime: Date.now(),
    } as DataQueryRequest;
    const asked = from(getDataSourceSrv().get()).pipe(switchMap((source) => runRequest(source, { ...request, targets: request.targets.map((each) => ({ ...each, datasource: source.getRef() })) })));
    const subscription = asked.subscribe(setAnswer);
    return () => subscription.unsubscribe();
  }, [text, range]);
  return answer;
}
