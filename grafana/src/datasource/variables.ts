import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse, type MetricFindValue } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import { getTemplateSrv } from '@grafana/runtime';
import { from, map, type Observable } from 'rxjs';

import { lazily } from '../lazily';
import { type NameKind, nameOrAll, oneName } from './names';
import { type MimamoriDataSource } from './datasource';

/** What a dashboard variable lists: names of a kind, within a scope, that match a search. */
export interface NameVariableQuery extends DataQuery {
  names: NameKind;
  customer?: string;
  site?: string;
  device?: string;
  search?: string;
}

/** Names that a variable offers at most: a drop-down of more serves nobody, narrowing it does. */
export const VARIABLE_LIMIT = 1000;

const PAGE = 200;

/** Dashboard variables over customers, sites, devices, interfaces and paths. */
export class NameVariables extends CustomVariableSupport<MimamoriDataSource, NameVariableQuery> {
  constructor(private readonly source: MimamoriDataSource) {
    super();
  }

  editor = lazily(() => import('./VariableEditor'));

  query(request: DataQueryRequest<NameVariableQuery>): Observable<DataQueryResponse> {
    const templates = getTemplateSrv();
    const [asked] = request.targets;
    const text = (value: string | undefined) => (value ? nameOrAll(templates.replace(value, request.scopedVars, oneName)) : undefined);
    // What the user types into the drop-down comes as __searchFilter.
    const typed = request.scopedVars?.__searchFilter?.value;
    const within = {
      customer: text(asked?.customer),
      site: text(asked?.site),
      device: text(asked?.device),
      search: typed ? String(typed) : text(asked?.search),
    };
    return from(listNames(this.source, asked?.names ?? 'customers', within)).pipe(map((data) => ({ data })));
  }
}

/** Pages through the names until all or VARIABLE_LIMIT are there. */
export async function listNames(
  source: Pick<MimamoriDataSource, 'names'>,
  kind: NameKind,
  within: { customer?: string; site?: string; device?: string; search?: string }
): Promise<MetricFindValue[]> {
  const found: MetricFindValue[] = [];
  while (found.length < VARIABLE_LIMIT) {
    const page = await source.names(kind, { ...within, offset: found.length, limit: PAGE });
    for (const item of page.items) {
      found.push({ text: item.text, value: item.value });
    }
    if (!page.more || page.items.length === 0) {
      break;
    }
  }
  return found.slice(0, VARIABLE_LIMIT);
}
