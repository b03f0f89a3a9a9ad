import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import { Fragment, type ReactNode, useState } from 'react';

import { availability, count } from '../../view/format';
import { PageLink } from '../../view/PageLink';
import { sorted, type Sorting } from '../../view/sorting';
import { SideScroll } from '../../view/SideScroll';
import { SortHeading } from '../../view/SortHeading';
import { type State } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { usePageLink } from '../links';
import { type Grouping, rowKey, rowNames, type ServiceRow } from './service';
import { groupingWord, ninesText, seconds, targetText } from './words';

/** One column of the table of service. */
interface ServiceColumn {
  key: string;
  title: string;
  value: (row: ServiceRow) => string | number | null;
  show: (row: ServiceRow) => ReactNode;
  minor?: boolean;
}

/** The figures of a row beside its name, in the order of reading. */
export function serviceColumns(by: Grouping): ServiceColumn[] {
  return [
    { key: 'availability_pct', title: t('column.availability', 'Availability'), value: (row) => row.availability_pct, show: (row) => <strong>{availability(row.availability_pct)}</strong> },
    { key: 'met', title: t('availability.target', 'Promised'), value: (row) => row.target_pct, show: (row) => (row.met ? <StateBadge state={metState(row.met)} word={targetText(row)} /> : targetText(row)) },
    { key: 'nines', title: t('availability.nines', 'Nines'), value: (row) => row.nines, show: ninesText, minor: true },
    { key: 'down_s', title: by === 'customer' || by === 'site' ? t('availability.device-downtime', 'Downtime of devices') : t('availability.downtime', 'Downtime'), value: (row) => row.down_s, show: (row) => seconds(row.down_s) },
    { key: 'allowed_down_s', title: t('availability.allowed', 'Allowed'), value: (row) => row.allowed_down_s, show: (row) => seconds(row.allowed_down_s), minor: true },
    { key: 'outage_count', title: t('availability.outage-count', 'Outages'), value: (row) => row.outage_count, show: (row) => count(row.outage_count) },
    { key: 'longest_s', title: t('availability.longest', 'Longest'), value: (row) => row.longest_s, show: (row) => seconds(row.outage_count ? row.longest_s : null), minor: true },
    { key: 'mttr_s', title: t('availability.mttr', 'Mean to restore'), value: (row) => row.mttr_s, show: (row) => seconds(row.mttr_s), minor: true },
    { key: 'unknown_s', title: t('availability.unknown', 'Unknown'), value: (row) => row.unknown_s, show: (row) => seconds(row.unknown_s) },
    { key: 'excluded_s', title: t('availability.excluded', 'Excluded'), value: (row) => row.excluded_s, show: (row) => seconds(row.excluded_s) },
  ];
}

function metState(met: string): State {
  return met === 'no' ? 'down' : 'up';
}

interface Props {
  rows: ServiceRow[];
  by: Grouping;
  /** What stands behind a row; asked for when it is opened. */
  behind: (row: ServiceRow) => ReactNode;
}

const PAGE = 100;

/** Availability by row; each opens onto the outages behind its figure. */
export function ServiceTable({ rows, by, behind }: Props) {
  const styles = useStyles2(getStyles);
  const [sorting, setSorting] = useState<Sorting>();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState(PAGE);
  const columns = serviceColumns(by);
  const chosen = columns.find((column) => column.key === sorting?.column);
  const ordered = chosen && sorting ? sorted(rows, chosen.value, sorting.descending) : rows;
  const toggle = (key: string) => {
    const next = new Set(open);
    next.delete(key) || next.add(key);
    setOpen(next);
  };
  const label = t('availability.table', 'Availability by {{what}}', { what: groupingWord(by), interpolation: { escapeValue: false } });
  return (
    <>
      <SideScroll label={label}>
        <table className={styles.table} aria-label={label}>
          <thead>
            <tr>
              <th scope="col">{groupingWord(by)}</th>
              {columns.map((column) => (
                <SortHeading key={column.key} column={column.key} title={column.title} sorting={sorting} onSort={setSorting} figure className={cx(styles.figure, column.minor && styles.minor)} />
              ))}
            </tr>
          </thead>
          <tbody>
            {ordered.slice(0, shown).map((row) => {
              const key = rowKey(row);
              const isOpen = open.has(key);
              const name = rowNames(row, by).join(' / ');
              return (
                <Fragment key={key}>
                  <tr>
                    <th scope="row" className={styles.name}>
                      <div className={styles.named}>
                        <button
                          type="button"
                          className={styles.opener}
                          aria-expanded={isOpen}
                          aria-label={t('availability.open', 'What is behind the figure of {{name}}', { name, interpolation: { escapeValue: false } })}
                          onClick={() => toggle(key)}
                        >
                          <Icon name={isOpen ? 'angle-down' : 'angle-right'} aria-hidden="true" />
                        </button>
                        <span>
                          <Named row={row} by={by} />
                        </span>
                      </div>
                    </th>
                    {columns.map((column) => (
                      <td key={column.key} className={cx(styles.figure, column.minor && styles.minor)}>
                        {column.show(row)}
                      </td>
                    ))}
                  </tr>
                  {isOpen && (
                    <tr>
                      <td colSpan={columns.length + 1} className={styles.behind}>
                        {behind(row)}
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </SideScroll>
      {rows.length > shown && (
        <div>
          <Button variant="secondary" onClick={() => setShown(shown + 5 * PAGE)}>
            {t('availability.more', 'Show more ({{shown}} of {{all}} are shown)', { shown: count(shown), all: count(rows.length) })}
          </Button>
        </div>
      )}
    </>
  );
}

/** A row's names, each leading to its page. */
function Named({ row, by }: { row: ServiceRow; by: Grouping }) {
  const link = usePageLink();
  const { customer, site, device } = row;
  const names = rowNames(row, by);
  const hrefs = [link('customer', { customer }), by === 'group' ? undefined : link('site', { customer, site: site ?? '' }), link('device', { customer, site: site ?? '', device: device ?? '' })];
  return (
    <>
      {names.map((name, i) => (
        <Fragment key={i}>
          {i > 0 && ' / '}
          <bdi>{hrefs[i] ? <PageLink href={hrefs[i]}>{name || t('page.no-site', '(no site)')}</PageLink> : name}</bdi>
        </Fragment>
      ))}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    width: '100%',
    borderCollapse: 'separate',
    borderSpacing: 0,
    'th, td': { padding: theme.spacing(0.75, 1.5), textAlign: 'left', verticalAlign: 'top', fontWeight: theme.typography.fontWeightRegular },
    'thead th': { background: theme.colors.background.secondary, fontWeight: theme.typography.fontWeightMedium, whiteSpace: 'nowrap' },
    'tbody > tr > *': { borderTop: `1px solid ${theme.colors.border.weak}` },
  }),
  name: css({ minWidth: 200, overflowWrap: 'anywhere' }),
  named: css({ display: 'flex', alignItems: 'flex-start' }),
  figure: css({ '&&': { textAlign: 'right', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } }),
  minor: css({ '@container (max-width: 1150px)': { display: 'none' } }),
  opener: css({ all: 'unset', flex: 'none', cursor: 'pointer', boxSizing: 'border-box', width: 28, height: 24, textAlign: 'center', '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}` } }),
  behind: css({ '&&': { background: theme.colors.background.canvas, padding: theme.spacing(1.5, 2) } }),
});
