import { getDataSourceSrv } from '@grafana/runtime';
import { useCallback, useEffect, useRef, useState } from 'react';

import { useApp } from '../AppContext';
import { type OpenAlarms, type RaisedAlarm } from '../datasource/alarms';
import { type MimamoriDataSource } from '../datasource/datasource';
import { type Failure, failureOf } from './failure';
import { usePageTime } from './time';

/** What is raised now, and how far to trust it. */
export interface Alarms {
  /** The data source knows where alarms are raised; undefined before the first answer. */
  configured: boolean | undefined;
  /** Who looks may acknowledge and silence. */
  acts: boolean;
  rows: RaisedAlarm[];
  /** The latest question failed; the rows are then of the last that did not. */
  failure: Failure | undefined;
  /** Asks at once, as after something was done. */
  again: () => void;
}

interface Told {
  answer?: OpenAlarms;
  failure?: Failure;
}

/** The data source of the organisation. */
export async function sourceOf(uid: string): Promise<MimamoriDataSource> {
  return (await getDataSourceSrv().get({ uid })) as unknown as MimamoriDataSource;
}

/** Asks what is raised now, again with every refresh. One question is under way at a time. */
export function useAlarms(): Alarms {
  const { dataSourceUid } = useApp();
  const { range } = usePageTime();
  const [told, setTold] = useState<Told>({});
  const asking = useRef(false);
  const next = useRef(false);
  const gone = useRef(false);

  const ask = useCallback(async () => {
    if (!dataSourceUid) {
      return;
    }
    if (asking.current) {
      next.current = true;
      return;
    }
    asking.current = true;
    do {
      next.current = false;
      try {
        const answer = await (await sourceOf(dataSourceUid)).alarms();
        !gone.current && setTold({ answer });
      } catch (error) {
        const failure = failureOf(error as Error);
        !gone.current && setTold(({ answer }) => ({ answer, failure }));
      }
    } while (next.current && !gone.current);
    asking.current = false;
  }, [dataSourceUid]);

  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  useEffect(() => {
    ask();
  }, [ask, range]);

  const { answer, failure } = told;
  return { configured: answer?.configured, acts: Boolean(answer?.acts) && !failure, rows: answer?.alarms ?? NONE, failure, again: ask };
}

const NONE: RaisedAlarm[] = [];
