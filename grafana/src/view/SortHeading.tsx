import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import { type ReactNode } from 'react';

import { nextSorting, type Sorting } from './sorting';

interface Props {
  /** Names the column. */
  column: string;
  title: ReactNode;
  sorting: Sorting | undefined;
  onSort: (next: Sorting) => void;
  /** A figure: the biggest first when ordered. */
  figure?: boolean;
  /** Without it the title stands alone. */
  sortable?: boolean;
  className?: string;
  hint?: string;
}

/** The heading of a column that orders the table's rows, and shows whether and which way it does. */
export function SortHeading({ column, title, sorting, onSort, figure = false, sortable = true, className, hint }: Props) {
  const styles = useStyles2(getStyles);
  const order = sorting?.column === column ? (sorting.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" aria-sort={order} className={className} title={hint}>
      {sortable ? (
        <button type="button" className={styles.sort} onClick={() => onSort(nextSorting(sorting, column, figure))}>
          {title}
          {order && <Icon name={order === 'descending' ? 'arrow-down' : 'arrow-up'} aria-hidden="true" />}
        </button>
      ) : (
        title
      )}
    </th>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  sort: css({ all: 'unset', cursor: 'pointer', display: 'inline-flex', gap: 4, alignItems: 'center', '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}`, outlineOffset: 2 } }),
});
