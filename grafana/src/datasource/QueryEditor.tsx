import type { QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Combobox, InlineField, InlineFieldRow, Input, MultiCombobox, Switch } from '@grafana/ui';
import { type ReactNode } from 'react';

import { EVENT_FIGURES } from './annotations';
import { type MimamoriDataSource } from './datasource';
import { figureTitle, groupings, MEASURES, type Parameter, PARAMETERS, withFigure } from './form';
import { type NameKind } from './names';
import { NameSelect } from './NameSelect';
import { type FigureName, FIGURES, isNewer, migrateQuery, type MimamoriQuery, type Shape } from './query';
import { type MimamoriSettings } from './settings';

type Props = QueryEditorProps<MimamoriDataSource, MimamoriQuery, MimamoriSettings>;

const NAMES: Array<[Extract<Parameter, NameParameter>, NameKind]> = [
  ['customer', 'customers'],
  ['site', 'sites'],
  ['device', 'devices'],
  ['interface', 'interfaces'],
  ['path', 'paths'],
];
type NameParameter = 'customer' | 'site' | 'device' | 'interface' | 'path';

/** The form of a query: the figure, and only what that figure heeds. */
export default function QueryEditor({ datasource, query: saved, onChange, onRunQuery, ...rest }: Props) {
  const query = migrateQuery(saved);
  const shown = PARAMETERS[query.figure] ?? [];
  const annotation = 'annotation' in rest && rest.annotation !== undefined;
  const set = (change: Partial<MimamoriQuery>) => {
    onChange({ ...query, ...change });
    onRunQuery();
  };
  if (isNewer(query)) {
    return <Alert severity="warning" title={t('query.newer', 'A later version of the plugin saved this query. Update the plugin to change it.')} />;
  }
  const field = (name: Parameter, label: string, control: ReactNode, tip?: string) =>
    shown.includes(name) && (
      <InlineField key={name} label={label} labelWidth={14} tooltip={tip} htmlFor={`${query.refId}-${name}`}>
        <>{control}</>
      </InlineField>
    );
  const text = (name: Parameter & keyof MimamoriQuery, placeholder = '') => (
    <Input id={`${query.refId}-${name}`} width={28} defaultValue={String(query[name] ?? '')} key={`${query.figure} ${String(query[name] ?? '')}`} placeholder={placeholder} onBlur={(event) => event.currentTarget.value !== (query[name] ?? '') && set({ [name]: event.currentTarget.value.trim() })} />
  );
  const number = (name: 'top' | 'limit' | 'fullAt', placeholder: string) => (
    <Input id={`${query.refId}-${name}`} type="number" min={0} width={14} defaultValue={query[name] || ''} key={`${query.figure} ${query[name] ?? ''}`} placeholder={placeholder} onBlur={(event) => set({ [name]: Math.max(0, Math.round(Number(event.currentTarget.value) || 0)) || undefined })} />
  );
  const choice = (name: 'by' | 'kind' | 'order' | 'step', values: string[], none: string) => (
    <Combobox id={`${query.refId}-${name}`} width={20} value={query[name] || null} isClearable createCustomValue placeholder={none} options={values.map((value) => ({ value, label: value }))} onChange={(option) => set({ [name]: option?.value || undefined })} />
  );

  return (
    <>
      <InlineFieldRow>
        <InlineField label={t('query.figure', 'Figure')} labelWidth={14} htmlFor={`${query.refId}-figure`}>
          <Combobox<FigureName>
            id={`${query.refId}-figure`}
            width={44}
            value={query.figure}
            options={(annotation ? EVENT_FIGURES : FIGURES).map((value) => ({ value, label: figureTitle(value) }))}
            onChange={(option) => {
              onChange(withFigure(query, option.value));
              onRunQuery();
            }}
          />
        </InlineField>
        {!annotation && (
          <InlineField label={t('query.shape', 'Shape')} labelWidth={14} htmlFor={`${query.refId}-shape`}>
            <Combobox<Shape>
              id={`${query.refId}-shape`}
              width={20}
              value={query.shape}
              options={[
                { value: 'table', label: t('query.table', 'Table') },
                { value: 'series', label: t('query.series', 'Time series') },
              ]}
              onChange={(option) => set({ shape: option.value })}
            />
          </InlineField>
        )}
      </InlineFieldRow>
      <InlineFieldRow>
        {NAMES.map(([name, kind]) => field(name, nameLabel(name), <NameSelect id={`${query.refId}-${name}`} source={datasource} kind={kind} value={query[name]} within={query} onChange={(value) => set({ [name]: value || undefined })} />))}
      </InlineFieldRow>
      <InlineFieldRow>
        {field('by', t('query.by', 'A row for each'), choice('by', groupings(query.figure), groupings(query.figure)[0]))}
        {field('kind', t('query.kind', 'Kind'), choice('kind', query.figure === 'health' ? SENSORS : ['wan', 'lan', 'ignored'], t('query.any', 'any')))}
        {field('order', t('query.order', 'Ordered by'), query.figure === 'interfaces' ? choice('order', ['name', 'percent', 'errors'], 'name') : choice('order', ['bits', 'percent'], 'bits'))}
        {field('top', t('query.top', 'Top'), number('top', t('query.all', 'all')), t('query.top-tip', 'The N biggest over the whole time alone.'))}
        {field('step', t('query.step', 'Step'), choice('step', ['auto', '5m', '1h', '24h'], t('query.one', 'one bucket')), t('query.step-tip', 'Cuts the time into buckets aligned to UTC; auto goes by the width of the panel.'))}
        {field('calendar', t('query.calendar', 'Calendar'), text('calendar', t('query.contract', "each contract's")))}
        {field('fullAt', t('query.full-at', 'Full at, %'), number('fullAt', query.figure === 'interfaces' ? t('names.all', 'All') : '100'))}
      </InlineFieldRow>
      <InlineFieldRow>
        {field('search', t('query.search', 'Search'), text('search'))}
        {field('severity', t('query.severity', 'Severity'), text('severity', 'warning'), t('query.severity-tip', 'This severe or more: a name or 0 to 7.'))}
        {field('mnemonic', t('query.mnemonic', 'Mnemonic'), text('mnemonic', 'LINK-3-UPDOWN'))}
        {field('host', t('query.host', 'Host'), text('host'))}
        {field('app', t('query.app', 'Application'), text('app'))}
        {field('notification', t('query.notification', 'Notification'), text('notification', 'linkDown'))}
        {field('unasked', t('query.unasked', 'Pinged alone too'), <Switch id={`${query.refId}-unasked`} value={query.unasked ?? false} onChange={(event) => set({ unasked: event.currentTarget.checked || undefined })} />)}
      </InlineFieldRow>
      <InlineFieldRow>
        {query.shape === 'series' && MEASURES[query.figure] && (
          <InlineField label={t('query.measures', 'Measures')} labelWidth={14} htmlFor={`${query.refId}-measure`}>
            <MultiCombobox id={`${query.refId}-measure`} width={44} value={query.measure ?? []} options={MEASURES[query.figure]!.map((value) => ({ value, label: value }))} placeholder={t('query.usual', "the figure's own")} onChange={(options) => set({ measure: options.map((option) => option.value) })} />
          </InlineField>
        )}
        {field('limit', t('query.limit', 'Rows at most'), number('limit', '1000'))}
      </InlineFieldRow>
    </>
  );
}

const SENSORS = ['cpu', 'memory', 'storage', 'temperature', 'fan', 'power', 'voltage', 'bgp_peer', 'ospf_neighbor', 'sessions', 'vpn_tunnels', 'phones_registered', 'calls'];

/** What a name is of. */
export function nameLabel(name: NameParameter): string {
  switch (name) {
    case 'customer':
      return t('query.customer', 'Customer');
    case 'site':
      return t('query.site', 'Site');
    case 'device':
      return t('query.device', 'Device');
    case 'interface':
      return t('query.interface', 'Interface');
    case 'path':
      return t('query.path', 'Voice path');
  }
}
