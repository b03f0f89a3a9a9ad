import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { type ReactNode } from 'react';

/** Says that there is nothing, why that may be, and what to do. */
export function EmptyState({ what, remedy }: { what: ReactNode; remedy?: ReactNode }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.empty}>
      <strong>{what}</strong>
      {remedy && <div>{remedy}</div>}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  empty: css({ padding: theme.spacing(3), textAlign: 'center', color: theme.colors.text.secondary, border: `1px dashed ${theme.colors.border.medium}`, borderRadius: theme.shape.radius.default }),
});
