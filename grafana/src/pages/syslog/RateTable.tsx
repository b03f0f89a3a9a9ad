import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { type Column, DataTable } from '../../view/DataTable';
import { BLANK, count, percent } from '../../view/format';
import { type LogFilter } from './filter';
import { type RateRow } from './rates';

interface Props {
  label: string;
  title: string;
  rows: RateRow[];
  /** What a row is called, and what choosing it narrows the log to. */
  name: (row: RateRow) => string;
  narrow: (row: RateRow) => Partial<LogFilter> | undefined;
  onChange: (change: Partial<LogFilter>) => void;
  /** Where a row is from, beside its name. */
  place?: (row: RateRow) => string;
}

/** Messages counted by something; choosing a row narrows the page to it. */
export function RateTable({ label, title, rows, name, narrow, onChange, place }: Props) {
  const styles = useStyles2(getStyles);
  const columns: Array<Column<RateRow>> = [
    {
      key: 'name',
      title,
      value: name,
      show: (row) => {
        const to = narrow(row);
        return to ? (
          <button type="button" className={styles.choose} onClick={() => onChange(to)}>
            <bdi>{name(row)}</bdi>
          </button>
        ) : (
          <bdi>{name(row)}</bdi>
        );
      },
    },
    ...(place ? [{ key: 'place', title: t('column.site', 'Site'), value: place }] : []),
    { key: 'messages', title: t('syslog.messages', 'Messages'), figure: true, show: (row) => count(row.messages) },
    { key: 'share_pct', title: t('column.share', 'Share'), figure: true, show: (row) => percent(row.share_pct) },
    { key: 'change', title: t('syslog.change', 'Change'), hint: t('syslog.change-hint', 'Against as much time before'), value: (row) => row.messages_before, show: (row) => changeText(row.change) },
  ];
  return <DataTable label={label} columns={columns} rows={rows} rowKey={(row, i) => `${name(row)}\n${row.customer}\n${row.site}\n${i}`} maxHeight={360} />;
}

function changeText(change: string | null): string {
  switch (change) {
    case null:
      return BLANK;
    case 'new':
      return t('syslog.new-word', 'new');
    case 'same':
      return t('syslog.same', 'same');
    default:
      return change;
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  choose: css({ all: 'unset', cursor: 'pointer', color: theme.colors.text.link, textDecoration: 'underline', textUnderlineOffset: 3, '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}`, outlineOffset: 2 } }),
});
