import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Input, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';

import { Filter, FilterBar, NameFilter } from '../Filters';
import { isNarrowed, type LogFilter, LOG_PARAMETERS } from './filter';

interface Props {
  filter: LogFilter;
  onChange: (change: Partial<LogFilter>) => void;
}

/** Words, severity, mnemonic and sender that lines are looked for by. */
export function LogFilters({ filter, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const [search, setSearch] = useTyped(filter.search);
  const [mnemonic, setMnemonic] = useTyped(filter.mnemonic);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ search: search.trim(), mnemonic: mnemonic.trim() });
      }}
    >
      <FilterBar label={t('filter.label', 'What is shown')}>
        <Filter name={t('syslog.words', 'Words')}>
          {(id) => (
            <div className={styles.search}>
              <Input
                id={id}
                value={search}
                placeholder={t('syslog.words-example', 'gi0/1 down, "changed state to", -up, fan*')}
                onChange={(event) => setSearch(event.currentTarget.value)}
              />
              <Button type="submit" icon="search">
                {t('syslog.search', 'Search')}
              </Button>
            </div>
          )}
        </Filter>
        <Filter name={t('column.severity', 'Severity')}>
          {(id) => (
            <RadioButtonGroup
              id={id}
              aria-label={t('column.severity', 'Severity')}
              value={filter.severity}
              options={[
                { value: '', label: t('filter.all', 'All') },
                { value: '4', label: t('syslog.from-warning', 'Warning and worse') },
                { value: '3', label: t('syslog.from-error', 'Error and worse') },
                { value: '2', label: t('syslog.from-critical', 'Critical and worse') },
              ]}
              onChange={(severity) => onChange({ severity })}
            />
          )}
        </Filter>
        <Filter name={t('column.mnemonic', 'Mnemonic')}>
          {(id) => <Input id={id} width={24} value={mnemonic} placeholder="LINK-3-UPDOWN, BGP-*" onChange={(event) => setMnemonic(event.currentTarget.value)} onBlur={() => mnemonic.trim() !== filter.mnemonic && onChange({ mnemonic: mnemonic.trim() })} />}
        </Filter>
        <NameFilter name={t('column.customer', 'Customer')} kind="customers" value={filter.customer} onChange={(customer) => onChange({ customer, site: '', device: '' })} />
        <NameFilter name={t('column.site', 'Site')} kind="sites" value={filter.site} within={{ customer: filter.customer }} onChange={(site) => onChange({ site, device: '' })} />
        <NameFilter name={t('column.device', 'Device')} kind="devices" value={filter.device} within={{ customer: filter.customer, site: filter.site }} onChange={(device) => onChange({ device })} />
        {filter.app && (
          <Button variant="secondary" icon="times" onClick={() => onChange({ app: '' })}>
            {t('syslog.app', 'Application: {{app}}', { app: filter.app, interpolation: { escapeValue: false } })}
          </Button>
        )}
        {isNarrowed(filter) && (
          <Button variant="secondary" fill="text" onClick={() => onChange(Object.fromEntries(LOG_PARAMETERS.map((each) => [each, ''])))}>
            {t('filter.clear', 'Show everything')}
          </Button>
        )}
      </FilterBar>
    </form>
  );
}

/** What is being typed; it follows the address when that changes. */
function useTyped(value: string): [string, (text: string) => void] {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return [typed, setTyped];
}

const getStyles = (theme: GrafanaTheme2) => ({
  search: css({ display: 'flex', gap: theme.spacing(0.5), width: 'min(460px, 88vw)' }),
});
