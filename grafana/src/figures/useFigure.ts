import { CoreApp, type DataFrame, type DataQueryRequest, type PanelData, type TimeRange } from '@grafana/data';
import { getDataSourceSrv, getRunRequest } from '@grafana/runtime';
import { useEffect, useMemo, useRef, useState } from 'react';
import { from, type Observable, switchMap } from 'rxjs';

import { useApp } from '../AppContext';
import { type FigureQuery, type MimamoriQuery, QUERY_VERSION } from '../datasource/query';
import { DATASOURCE_ID } from '../ids';
import { type Failure, noDataSource } from './failure';
import { type AnswerNotes, notesOf, type Row, rowsOf, type Series, seriesOf } from './rows';
import { FigureRunner, type Snapshot } from './runner';
import { usePageTime } from './time';

/** The answer to a question, and how far to trust it. */
export interface Figure<R = Row> extends AnswerNotes {
  /** Rows of a table; empty before the first answer. */
  rows: R[];
  /** Lines of a series. */
  series: Series[];
  frames: DataFrame[];
  /** There is an answer, be it an empty one. */
  answered: boolean;
  /** When the answer came, in milliseconds by this machine's clock; 0 before the first. */
  receivedAt: number;
  asking: boolean;
  /** The latest question failed; rows and series are then of the last that did not. */
  failure: Failure | undefined;
  /** The rows belong to an earlier question (another filter) while the present one is under way. */
  outdated: boolean;
}

/** How to ask. */
export interface FigureOptions {
  /** Do not ask now. */
  skip?: boolean;
  /** Points that a series or the states need at most; the page's width unless given. */
  maxDataPoints?: number;
  /** Another time than the page's. */
  range?: TimeRange;
}

const NOTHING: Snapshot = { frames: undefined, receivedAt: 0, answers: '', failure: undefined, asking: true };

let asked = 0;

/**
 * Asks the organisation's data source for a figure over the page's time range, again with every
 * refresh. When that fails the last answer stays, with the reason beside it.
 */
export function useFigure<R = Row>(question: FigureQuery, options: FigureOptions = {}): Figure<R> {
  const { dataSourceUid } = useApp();
  const page = usePageTime();
  const range = options.range ?? page.range;
  const { timeZone } = page;
  const { skip = false, maxDataPoints } = options;
  const [snapshot, setSnapshot] = useState<Snapshot>(NOTHING);
  const runner = useRef<FigureRunner>();
  const key = JSON.stringify([dataSourceUid, question, timeZone]);

  useEffect(() => {
    const current = new FigureRunner(setSnapshot);
    runner.current = current;
    return () => current.cancel();
  }, []);

  useEffect(() => {
    if (skip || !dataSourceUid) {
      runner.current?.pause();
      return;
    }
    const asking = JSON.parse(key)[1] as FigureQuery;
    runner.current?.run(key, (at) => ask(dataSourceUid, asking, at, timeZone, maxDataPoints), range);
  }, [key, range, skip, dataSourceUid, timeZone, maxDataPoints]);

  const { frames } = snapshot;
  const answer = useMemo(() => {
    const known = frames ?? [];
    return { frames: known, rows: rowsOf<R>(known[0]), series: seriesOf(known), ...notesOf(known) };
  }, [frames]);

  return {
    ...answer,
    answered: frames !== undefined,
    receivedAt: snapshot.receivedAt,
    asking: snapshot.asking && !skip,
    failure: !dataSourceUid && !skip ? noDataSource() : snapshot.failure,
    outdated: frames !== undefined && snapshot.answers !== key,
  };
}

/** Sends one question through Grafana to the data source. */
export function ask(uid: string, question: FigureQuery, range: TimeRange, timezone: string, maxDataPoints = pageWidth()): Observable<PanelData> {
  const target: MimamoriQuery = {
    shape: 'table',
    ...question,
    version: QUERY_VERSION,
    refId: 'A',
    datasource: { type: DATASOURCE_ID, uid },
  };
  const span = Math.max(1, range.to.valueOf() - range.from.valueOf());
  const intervalMs = Math.max(1000, Math.round(span / maxDataPoints));
  const request: DataQueryRequest<MimamoriQuery> = {
    app: CoreApp.Unknown,
    requestId: `mimamori-${++asked}`,
    timezone,
    range,
    interval: `${Math.round(intervalMs / 1000)}s`,
    intervalMs,
    maxDataPoints,
    targets: [target],
    scopedVars: {},
    startTime: Date.now(),
  };
  return from(getDataSourceSrv().get({ uid, type: DATASOURCE_ID })).pipe(switchMap((source) => getRunRequest()(source, request)));
}

function pageWidth(): number {
  return Math.max(300, Math.min(2000, Math.round(window.innerWidth || 1280)));
}
