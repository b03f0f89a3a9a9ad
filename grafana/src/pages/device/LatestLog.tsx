import { css } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { type Row } from '../../figures/rows';
import { StateBadge } from '../../view/StateBadge';
import { severityState, severityWord } from './severity';

/** A row of `syslog`. */
export interface LogRow extends Row {
  received: number | null;
  severity: number | null;
  what: string | null;
  text: string | null;
  cursor: string | null;
}

/** The latest lines of the log, the newest first. */
export function LatestLog({ rows, timeZone }: { rows: LogRow[]; timeZone: string }) {
  const styles = useStyles2(getStyles);
  return (
    <ol className={styles.list} tabIndex={0} aria-label={t('log.label', 'Latest lines of the log')}>
      {rows.map((row, i) => (
        <li key={row.cursor ?? i} className={styles.line}>
          <span className={styles.head}>
            <time>{row.received === null ? '' : dateTimeFormat(row.received, { timeZone, format: 'MM-DD HH:mm:ss' })}</time>
            <StateBadge state={severityState(row.severity)} word={severityWord(row.severity)} />
            {row.what && <code className={styles.what}>{row.what}</code>}
          </span>
          <bdi className={styles.text}>{row.text}</bdi>
        </li>
      ))}
    </ol>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', margin: 0, padding: 0, maxHeight: 420, overflow: 'auto', border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.primary }),
  line: css({ padding: theme.spacing(0.75, 1.5), display: 'flex', flexDirection: 'column', gap: 2, '& + &': { borderTop: `1px solid ${theme.colors.border.weak}` } }),
  head: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.25, 1.5), alignItems: 'baseline', color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontVariantNumeric: 'tabular-nums' }),
  what: css({ fontSize: 'inherit', background: 'none', padding: 0, color: theme.colors.text.primary }),
  text: css({ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }),
});
