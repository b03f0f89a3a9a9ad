import {
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceInstanceSettings,
  LoadingState,
  type ScopedVars,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv } from '@grafana/runtime';
import { map, type Observable } from 'rxjs';

import { type Matcher, type OpenAlarms, type Word } from './alarms';
import { annotationSupport } from './annotations';
import { type NameKind, type NamePage, type NameSearch, nameOrAll, oneName } from './names';
import { DEFAULT_QUERY, type MimamoriQuery, migrateQuery, TEXT_PARAMETERS } from './query';
import { type MimamoriSettings } from './settings';
import { NameVariables } from './variables';

/** The data source as Grafana's dashboards, Explore and our own pages see it. All figures come from the backend. */
export class MimamoriDataSource extends DataSourceWithBackend<MimamoriQuery, MimamoriSettings> {
  constructor(settings: DataSourceInstanceSettings<MimamoriSettings>) {
    super(settings);
    this.annotations = annotationSupport;
    this.variables = new NameVariables(this);
  }

  getDefaultQuery(): Partial<MimamoriQuery> {
    return DEFAULT_QUERY;
  }

  filterQuery(query: MimamoriQuery): boolean {
    return !query.hide && Boolean(query.figure);
  }

  query(request: DataQueryRequest<MimamoriQuery>): Observable<DataQueryResponse> {
    const tz = zoneName(request.timezone);
    return super.query({ ...request, targets: request.targets.map((target) => ({ tz, ...migrateQuery(target) })) }).pipe(map(orNoAnswer));
  }

  applyTemplateVariables(query: MimamoriQuery, scopedVars: ScopedVars): MimamoriQuery {
    const templates = getTemplateSrv();
    const filled: MimamoriQuery = { ...query };
    for (const name of TEXT_PARAMETERS) {
      const text = query[name];
      if (text) {
        filled[name] = nameOrAll(templates.replace(text, scopedVars, oneName));
      }
    }
    return filled;
  }

  /** A page of the names in scope, searched on the server. */
  names(kind: NameKind, search: NameSearch = {}): Promise<NamePage> {
    // The backend takes an empty parameter for a mistake.
    const said = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    return this.getResource<NamePage>(kind, Object.fromEntries(said));
  }

  /** What is raised now, as the role that raises alarms tells it. */
  alarms(): Promise<OpenAlarms> {
    return this.getResource<OpenAlarms>('alarms', undefined, { showErrorAlert: false });
  }

  /** Says that somebody sees to an alarm. Who says so is who is logged in. */
  async acknowledge(id: string, word: Word): Promise<void> {
    await this.postResource(`alarms/${encodeURIComponent(id)}/acknowledge`, word, { showErrorAlert: false });
  }

  /** Takes that back. */
  async unacknowledge(id: string, reason: string): Promise<void> {
    await this.postResource(`alarms/${encodeURIComponent(id)}/unacknowledge`, { reason }, { showErrorAlert: false });
  }

  /** Keeps alarms from being told for a time, such as 2h. */
  async silence(matchers: Matcher[], time: string, comment: string): Promise<void> {
    await this.postResource('silences', { matchers, for: time, comment }, { showErrorAlert: false });
  }

  /** Ends a silence. */
  async endSilence(id: string): Promise<void> {
    await this.postResource(`silences/${encodeURIComponent(id)}/end`, {}, { showErrorAlert: false });
  }
}

/**
 * The backend answers every query with a frame, be it without rows. Grafana makes an answer without
 * any of a request that never reached it, as while it restarts: that is no answer, and not "nothing".
 */
export function orNoAnswer(response: DataQueryResponse): DataQueryResponse {
  const lost = response.state === LoadingState.Done && response.data.length === 0 && !response.error;
  return lost ? { ...response, state: LoadingState.Error, error: { message: 'Failed to fetch' } } : response;
}

/** The zone's IANA name; "browser" is the one of this machine. */
export function zoneName(zone: string | undefined): string {
  if (!zone || zone === 'browser') {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  }
  return zone === 'utc' ? 'UTC' : zone;
}
