import { css } from '@emotion/css';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { type Severity } from '../datasource/alarms';
import { SEVERITY_INKS, severityWord } from './severity';

/** A severity as colour, shape and word. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  const { isDark } = useTheme2();
  const styles = useStyles2(getStyles);
  return (
    <span className={styles.badge} style={{ color: SEVERITY_INKS[severity][isDark ? 0 : 1] }}>
      <svg viewBox="0 0 16 16" width="1em" height="1em" aria-hidden="true" className={styles.mark}>
        {SHAPES[severity]}
      </svg>
      {severityWord(severity)}
    </span>
  );
}

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.8 } as const;

/** The more that is filled the graver: an octagon, a triangle, a triangle's outline, a circle's. */
const SHAPES: Record<Severity, JSX.Element> = {
  critical: <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z" fill="currentColor" />,
  major: <path d="M8 1.5 15.5 14.5H.5Z" fill="currentColor" />,
  minor: <path d="M8 3 14.2 13.6H1.8Z" {...line} />,
  warning: <circle cx="8" cy="8" r="5.6" {...line} />,
};

const getStyles = () => ({
  badge: css({ display: 'inline-flex', alignItems: 'center', gap: '0.4em', fontWeight: 500, whiteSpace: 'nowrap' }),
  mark: css({ flex: 'none' }),
});
