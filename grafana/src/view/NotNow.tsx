import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { clock } from './format';

/** Since when something was not measured, in words. */
export function notMeasuredText(at: number | null, timeZone: string, now: number): string {
  return at === null ? t('recent.never', 'not measured of late') : t('recent.since', 'not measured since {{time}}', { time: clock(at, timeZone, now), interpolation: { escapeValue: false } });
}

/** Stands in grey where a present figure would, when its last measurement is of the past. */
export function NotNow({ at, timeZone, now }: { at: number | null; timeZone: string; now: number }) {
  const styles = useStyles2(getStyles);
  return <span className={styles.quiet}>{notMeasuredText(at, timeZone, now)}</span>;
}

const getStyles = (theme: GrafanaTheme2) => ({
  quiet: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
});
