import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { getDataSourceSrv } from '@grafana/runtime';
import { Combobox, type ComboboxOption, useStyles2 } from '@grafana/ui';
import { type ReactNode, useCallback, useId } from 'react';

import { useApp } from '../AppContext';
import { type MimamoriDataSource } from '../datasource/datasource';
import { type NameKind } from '../datasource/names';

/** A row of filters and buttons above a page's figures; on paper it is left out. */
export function FilterBar({ label, children }: { label: string; children: ReactNode }) {
  const styles = useStyles2(getStyles);
  return (
    <div role="group" aria-label={label} className={styles.bar}>
      {children}
    </div>
  );
}

/** One filter with its name above it. */
export function Filter({ name, children }: { name: string; children: (id: string) => ReactNode }) {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <div className={styles.filter}>
      <label htmlFor={id} className={styles.name}>
        {name}
      </label>
      {children(id)}
    </div>
  );
}

interface Props {
  name: string;
  kind: NameKind;
  value: string;
  within?: { customer?: string; site?: string };
  onChange: (value: string) => void;
}

const MOST = 100;
// No name has a control character in it.
const MORE = '\u0000';

/** Narrows a page to one name, searched on the server as one types. */
export function NameFilter({ name, kind, value, within = {}, onChange }: Props) {
  const { dataSourceUid } = useApp();
  const { customer = '', site = '' } = within;
  const options = useCallback(
    async (search: string): Promise<Array<ComboboxOption<string>>> => {
      if (!dataSourceUid) {
        return [];
      }
      const source = (await getDataSourceSrv().get({ uid: dataSourceUid })) as unknown as MimamoriDataSource;
      const asked = Object.entries({ search, customer, site }).filter(([, text]) => text !== '');
      const page = await source.names(kind, { ...Object.fromEntries(asked), limit: MOST });
      const found: Array<ComboboxOption<string>> = page.items.map((item) => ({ value: item.value, label: item.text }));
      if (page.more) {
        found.push({ value: MORE, label: t('filter.more', '{{rest}} more: type to find them', { rest: page.total - page.items.length }) });
      }
      return found;
    },
    [dataSourceUid, kind, customer, site]
  );
  return (
    <Filter name={name}>
      {(id) => (
        <Combobox
          id={id}
          options={options}
          value={value || null}
          isClearable
          placeholder={t('filter.all', 'All')}
          width={24}
          onChange={(option: ComboboxOption<string> | null) => option?.value !== MORE && onChange(option?.value ?? '')}
        />
      )}
    </Filter>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1, 2), alignItems: 'flex-end', '@media print': { display: 'none' } }),
  filter: css({ display: 'flex', flexDirection: 'column', gap: 2, maxWidth: '100%' }),
  name: css({ margin: 0, fontSize: theme.typography.bodySmall.fontSize, color: theme.colors.text.secondary }),
});
