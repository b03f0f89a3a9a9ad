import { type DataQueryRequest, type DataSourceApi, LoadingState, type PanelData, toDataFrame } from '@grafana/data';
import { toDataQueryError } from '@grafana/runtime';
import { catchError, from, isObservable, map, merge, type Observable, of, share, takeUntil, timer } from 'rxjs';

/** Asks a data source and tells how far it is, as Grafana does: loading after a while, then the answer. */
export function runRequest(source: DataSourceApi, request: DataQueryRequest): Observable<PanelData> {
  const base = { timeRange: request.range, request, series: [], annotations: [] };
  if (request.targets.length === 0) {
    return of({ ...base, state: LoadingState.Done });
  }
  const answered = source.query(request);
  const answer = (isObservable(answered) ? answered : from(answered)).pipe(
    map((packet): PanelData => {
      const error = packet.error ?? packet.errors?.[0];
      return {
        ...base,
        state: error ? LoadingState.Error : (packet.state ?? LoadingState.Done),
        series: packet.data.map((frame) => toDataFrame(frame)),
        error,
        errors: packet.errors ?? (error ? [error] : undefined),
        request: { ...request, endTime: Date.now() },
      };
    }),
    catchError((error) => of({ ...base, state: LoadingState.Error, error: toDataQueryError(error) })),
    share()
  );
  return merge(timer(200).pipe(map(() => ({ ...base, state: LoadingState.Loading })), takeUntil(answer)), answer);
}
