import { type DataQuery, type DataSourceApi, type DataSourceSettings, getDefaultTimeRange, LoadingState, type PanelData } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { type ComponentType, useEffect, useRef, useState } from 'react';

import type { Boot } from './boot';
import { dataSourceOf } from './bootData';
import { useAnswer } from './useAnswer';

type Editor = ComponentType<Record<string, unknown>>; // Grafana knows no more of them either

/** Props that Grafana gives every editor of queries. */
const AROUND = { history: [], queries: [], data: { state: LoadingState.NotStarted, series: [], timeRange: getDefaultTimeRange() } as PanelData };

/** The data source's editors, each with what is in the hands of Grafana: the value they change, written below them. */
export function Editors({ boot, kind }: { boot: Boot; kind: string }) {
  const [source, setSource] = useState<DataSourceApi>();
  useEffect(() => void getDataSourceSrv().get().then(setSource), []);
  if (!source) {
    return null;
  }
  switch (kind) {
    case 'query':
      return <QueryForm source={source} />;
    case 'variable':
      return <VariableForm source={source} />;
    default:
      return <ConfigForm source={source} boot={boot} />;
  }
}

function QueryForm({ source }: { source: DataSourceApi }) {
  const Form = source.components?.QueryEditor as unknown as Editor;
  const [query, setQuery] = useState<DataQuery>({ refId: 'A', ...source.getDefaultQuery?.('dashboard' as never) });
  const latest = useRef(query);
  const [asked, setAsked] = useState<DataQuery>();
  const change = (next: DataQuery) => {
    latest.current = next;
    setQuery(next);
  };
  const answer = useAnswer(asked);
  const rows = answer?.series.reduce((sum, frame) => sum + frame.length, 0);
  return (
    <section aria-label="Query">
      <Form {...AROUND} datasource={source} query={query} onChange={change} onRunQuery={() => setAsked(latest.current)} app="dashboard" />
      <Value of={query} />
      <p role="status">{answer?.error ? `Refused: ${answer.error.message}` : rows === undefined ? 'Not asked' : `Answered with ${rows} rows`}</p>
    </section>
  );
}

function VariableForm({ source }: { source: DataSourceApi }) {
  const Form = (source.variables as unknown as { editor: Editor }).editor;
  const [query, setQuery] = useState<Partial<DataQuery>>({});
  return (
    <section aria-label="Variable">
      <Form {...AROUND} datasource={source} query={query} onChange={setQuery} onRunQuery={() => {}} />
      <Value of={query} />
    </section>
  );
}

function ConfigForm({ source, boot }: { source: DataSourceApi; boot: Boot }) {
  const Form = source.components?.ConfigEditor as unknown as Editor;
  const { name, uid, type, id, jsonData } = dataSourceOf(boot);
  const [options, setOptions] = useState({
    id, uid, name, type, jsonData, orgId: boot.organisation.id, access: 'proxy', url: '', readOnly: false, version: 1,
    secureJsonFields: { password: true, scopeToken: true }, secureJsonData: {},
  } as unknown as DataSourceSettings);
  return (
    <section aria-label="Settings">
      <Form options={options} onOptionsChange={setOptions} />
      <Value of={{ jsonData: options.jsonData, secureJsonData: options.secureJsonData, secureJsonFields: options.secureJsonFields }} />
    </section>
  );
}

/** What an editor has made of its value, as it would be saved. */
function Value({ of }: { of: object }) {
  return <pre data-testid="value" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{JSON.stringify(of, null, 1)}</pre>;
}
