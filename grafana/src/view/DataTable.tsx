import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { type CSSProperties, type MutableRefObject, type ReactNode, useMemo, useState } from 'react';

import { type Cell } from '../figures/rows';
import { BLANK } from './format';
import { PageLink } from './PageLink';
import { SideScroll } from './SideScroll';
import { sorted, type Sorting } from './sorting';
import { SortHeading } from './SortHeading';
import { useRowWindow } from './useRowWindow';

/** One column of a DataTable. */
export interface Column<R> {
  /** Names the column; of the row, unless `value` says otherwise. */
  key: string;
  title: ReactNode;
  /** What it is ordered by. */
  value?: (row: R) => Cell | undefined;
  /** What is shown; without it the value, a dash where there is none. */
  show?: (row: R) => ReactNode;
  /** Where a click on the cell leads. */
  href?: (row: R) => string | undefined;
  /** A figure: at the right, in digits of one width, the biggest first when ordered. */
  figure?: boolean;
  /** A second line of the cell, in small: where, or in words; all rows are that tall. */
  below?: (row: R) => ReactNode;
  /** Left out where there is little room. */
  minor?: boolean;
  /** Says more about the column. */
  hint?: string;
  sortable?: boolean;
  /** Long text: it goes on in a second and third line, and all rows are that tall. */
  wrap?: boolean;
}

interface Props<R> {
  /** What the table is of, for who cannot see it. */
  label: string;
  columns: Array<Column<R>>;
  rows: R[];
  rowKey: (row: R, index: number) => string;
  /** Order to begin with; without it the rows' own. */
  sorting?: Sorting;
  /** Height in CSS pixels beyond which it scrolls. */
  maxHeight?: number;
}

const ROW = 36;
/** Of rows with a second line. */
const DOUBLE_ROW = 56;
/** Of rows with text of three lines. */
const TALL_ROW = 66;

/** A table of any length: only rows in sight are drawn. */
export function DataTable<R>({ label, columns, rows, rowKey, sorting: initial, maxHeight = 560 }: Props<R>) {
  const styles = useStyles2(getStyles);
  const [sorting, setSorting] = useState<Sorting | undefined>(initial);
  const ordered = useMemo(() => {
    const column = columns.find((each) => each.key === sorting?.column);
    return column && sorting ? sorted(rows, (row) => valueOf(column, row), sorting.descending) : rows;
  }, [rows, columns, sorting]);
  const height = columns.some((column) => column.wrap) ? TALL_ROW : columns.some((column) => column.below) ? DOUBLE_ROW : ROW;
  const { ref, onScroll, shown } = useRowWindow(ordered.length, height);
  return (
    <SideScroll label={label} box={ref as MutableRefObject<HTMLDivElement | null>} onScroll={onScroll} maxHeight={maxHeight}>
      <table className={styles.table} style={{ '--row': `${height}px` } as CSSProperties} aria-rowcount={ordered.length + 1} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <SortHeading
                key={column.key}
                column={column.key}
                title={column.title}
                sorting={sorting}
                onSort={setSorting}
                figure={column.figure}
                sortable={column.sortable}
                className={cx(column.figure && styles.figure, column.minor && styles.minor)}
                hint={column.hint}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.above > 0 && <Gap height={shown.above} columns={columns.length} />}
          {ordered.slice(shown.first, shown.end).map((row, i) => (
            <tr key={rowKey(row, shown.first + i)} aria-rowindex={shown.first + i + 2}>
              {columns.map((column) => (
                <td key={column.key} className={cx(column.figure && styles.figure, column.minor && styles.minor)}>
                  {column.wrap ? (
                    <div className={styles.wrapped} title={String(valueOf(column, row) ?? '')}>
                      <TableCell column={column} row={row} />
                    </div>
                  ) : (
                    <TableCell column={column} row={row} />
                  )}
                  {column.below && <div className={styles.below}>{column.below(row)}</div>}
                </td>
              ))}
            </tr>
          ))}
          {shown.below > 0 && <Gap height={shown.below} columns={columns.length} />}
        </tbody>
      </table>
      {ordered.length === 0 && <p className={styles.none}>{t('table.none', 'No rows.')}</p>}
    </SideScroll>
  );
}

function TableCell<R>({ column, row }: { column: Column<R>; row: R }) {
  const value = valueOf(column, row);
  const shown = column.show ? column.show(row) : value === null || value === undefined || value === '' ? BLANK : <bdi>{String(value)}</bdi>;
  const href = column.href?.(row);
  return href ? <PageLink href={href}>{shown}</PageLink> : <>{shown}</>;
}

function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden="true" style={{ height }}>
      <td colSpan={columns} style={{ padding: 0, border: 0 }} />
    </tr>
  );
}

function valueOf<R>(column: Column<R>, row: R): Cell | undefined {
  return column.value ? column.value(row) : (row as Record<string, Cell | undefined>)[column.key];
}

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    width: '100%',
    borderCollapse: 'separate',
    borderSpacing: 0,
    'th, td': { height: ROW, padding: theme.spacing(0, 1.5), textAlign: 'left', whiteSpace: 'nowrap', maxWidth: 420, overflow: 'hidden', textOverflow: 'ellipsis' },
    th: { position: 'sticky', top: 0, zIndex: 1, background: theme.colors.background.secondary, fontWeight: theme.typography.fontWeightMedium },
    'tbody td': { height: 'var(--row)', borderTop: `1px solid ${theme.colors.border.weak}` },
    // Not action.hover, on which secondary text in the dark has a contrast of 4.2.
    'tbody tr:hover td': { background: theme.colors.background.secondary },
  }),
  below: css({ marginTop: theme.spacing(0.5), overflow: 'hidden', textOverflow: 'ellipsis', color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, a: { color: 'inherit' } }),
  wrapped: css({ display: '-webkit-box', WebkitBoxOrient: 'vertical', WebkitLineClamp: 3, overflow: 'hidden', whiteSpace: 'normal', overflowWrap: 'anywhere', lineHeight: 1.3, minWidth: '14em' }),
  figure: css({ '&&': { textAlign: 'right', fontVariantNumeric: 'tabular-nums' } }),
  minor: css({ '@container (max-width: 700px)': { display: 'none' } }),
  none: css({ margin: 0, padding: theme.spacing(2), color: theme.colors.text.secondary }),
});
