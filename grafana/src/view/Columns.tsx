import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { type ReactNode } from 'react';

/** Parts of a page side by side where there is room, the first twice as wide; one below the other where there is not. */
export function Columns({ children }: { children: ReactNode }) {
  return <div className={useStyles2(getStyles).columns}>{children}</div>;
}

/** Parts one below the other within a column. */
export function Stack({ children }: { children: ReactNode }) {
  return <div className={useStyles2(getStyles).stack}>{children}</div>;
}

/** Figures side by side, as many as fit. */
export function Tiles({ children }: { children: ReactNode }) {
  return <div className={useStyles2(getStyles).tiles}>{children}</div>;
}

const getStyles = (theme: GrafanaTheme2) => ({
  columns: css({ display: 'grid', gap: theme.spacing(3), gridTemplateColumns: 'minmax(0, 1fr)', alignItems: 'start', '@media (min-width: 1100px)': { gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 1fr)' } }),
  stack: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), minWidth: 0 }),
  tiles: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
