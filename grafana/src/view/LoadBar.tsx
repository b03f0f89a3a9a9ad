import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { percent } from './format';
import { BUSY } from './load';
import { stateColours } from './state';
import { StateMark } from './StateMark';

/** A utilization as a bar beside its figure; from 80 % on with the mark of degraded. */
export function LoadBar({ value }: { value: number | null }) {
  const styles = useStyles2(getStyles);
  const { isDark } = useTheme2();
  const busy = value !== null && value >= BUSY;
  return (
    <span className={styles.load}>
      <span className={styles.track} aria-hidden="true">
        {value !== null && <span className={styles.bar} style={{ width: `${Math.max(1, Math.min(100, value))}%`, background: busy ? stateColours('degraded', isDark).fill : undefined }} />}
      </span>
      {busy && <StateMark state="degraded" size="0.8em" />}
      <span className={styles.figure}>{percent(value)}</span>
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  load: css({ display: 'inline-flex', gap: theme.spacing(1), alignItems: 'center' }),
  track: css({ width: 72, height: 8, background: theme.colors.background.secondary, border: `1px solid ${theme.colors.border.medium}`, borderRadius: 2, overflow: 'hidden', '@container (max-width: 480px)': { display: 'none' } }),
  bar: css({ display: 'block', height: '100%', background: theme.colors.primary.main }),
  figure: css({ minWidth: 56, textAlign: 'right', fontVariantNumeric: 'tabular-nums' }),
});
