import { t } from '@grafana/i18n';
import { Combobox, type ComboboxOption } from '@grafana/ui';
import { useCallback } from 'react';

import { type MimamoriDataSource } from './datasource';
import { type NameKind } from './names';

interface Props {
  id: string;
  source: MimamoriDataSource;
  kind: NameKind;
  value: string | undefined;
  /** Names that the list is narrowed to. */
  within: { customer?: string; site?: string; device?: string };
  onChange: (value: string) => void;
}

const PAGE = 100;

/** Chooses one name, searched on the server as one types; a dashboard variable may be typed in. */
export function NameSelect({ id, source, kind, value, within, onChange }: Props) {
  const { customer, site, device } = within;
  const options = useCallback(
    async (search: string): Promise<Array<ComboboxOption<string>>> => {
      const page = await source.names(kind, { search, limit: PAGE, customer: plain(customer), site: plain(site), device: plain(device) });
      const found: Array<ComboboxOption<string>> = page.items.map(({ value, text }) => ({ value, label: text }));
      if (page.more) {
        found.push({ value: MORE, label: t('names.more', '{{rest}} more: type to find them', { rest: page.total - page.items.length }) });
      }
      return found;
    },
    [source, kind, customer, site, device]
  );
  return (
    <Combobox
      id={id}
      options={options}
      value={value || null}
      isClearable
      createCustomValue
      placeholder={t('names.all', 'All')}
      width={28}
      onChange={(option) => option?.value !== MORE && onChange(option?.value ?? '')}
    />
  );
}

const MORE = '\u0000more';

/** A variable is not known to the backend: it narrows nothing while one edits. */
function plain(name: string | undefined): string | undefined {
  return name && !name.includes('$') ? name : undefined;
}
