import type { QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Combobox, InlineField, InlineFieldRow, Input } from '@grafana/ui';

import { type MimamoriDataSource } from './datasource';
import { NAME_KINDS, type NameKind } from './names';
import { NameSelect } from './NameSelect';
import { type MimamoriQuery } from './query';
import { nameLabel } from './QueryEditor';
import { type MimamoriSettings } from './settings';
import { type NameVariableQuery } from './variables';

type Props = QueryEditorProps<MimamoriDataSource, MimamoriQuery, MimamoriSettings, NameVariableQuery>;

/** Names that a kind of name may be narrowed by. */
const WITHIN: Record<NameKind, Array<'customer' | 'site' | 'device'>> = {
  customers: [],
  sites: ['customer'],
  devices: ['customer', 'site'],
  interfaces: ['customer', 'site', 'device'],
  paths: ['customer', 'site'],
};

/** The form of a dashboard variable: which names, and of whom. */
export default function VariableEditor({ datasource, query, onChange }: Props) {
  const names = query.names ?? 'customers';
  const set = (change: Partial<NameVariableQuery>) => onChange({ ...query, refId: query.refId ?? 'Names', names, ...change });
  return (
    <InlineFieldRow>
      <InlineField label={t('variable.names', 'Names of')} labelWidth={14} htmlFor="variable-names">
        <Combobox<NameKind> id="variable-names" width={28} value={names} options={NAME_KINDS.map((value) => ({ value, label: kindTitle(value) }))} onChange={(option) => set({ names: option.value })} />
      </InlineField>
      {WITHIN[names].map((name) => (
        <InlineField key={name} label={nameLabel(name)} labelWidth={14} htmlFor={`variable-${name}`}>
          <NameSelect id={`variable-${name}`} source={datasource} kind={`${name}s` as NameKind} value={query[name]} within={query} onChange={(value) => set({ [name]: value || undefined })} />
        </InlineField>
      ))}
      <InlineField label={t('variable.search', 'That contain')} labelWidth={14} htmlFor="variable-search">
        <Input id="variable-search" width={28} defaultValue={query.search ?? ''} onBlur={(event) => set({ search: event.currentTarget.value || undefined })} />
      </InlineField>
    </InlineFieldRow>
  );
}

function kindTitle(kind: NameKind): string {
  switch (kind) {
    case 'customers':
      return t('variable.customers', 'Customers');
    case 'sites':
      return t('variable.sites', 'Sites');
    case 'devices':
      return t('variable.devices', 'Devices');
    case 'interfaces':
      return t('variable.interfaces', 'Interfaces');
    case 'paths':
      return t('variable.paths', 'Voice paths');
  }
}
