import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { type ReactNode } from 'react';

import { PageLink } from './PageLink';
import { type State, stateColours, stateWord } from './state';
import { StateMark } from './StateMark';

interface Props {
  label: ReactNode;
  /** Already written with its unit. */
  value: ReactNode;
  hint?: ReactNode;
  /** How good that is; colour, shape and a word for who reads it aloud. */
  state?: State;
  /** Grey in place of the state's colour, as where nothing bad is known but not all is known. */
  quiet?: boolean;
  href?: string;
}

/** One figure, big enough to read in passing. */
export function FigureTile({ label, value, hint, state, quiet, href }: Props) {
  const styles = useStyles2(getStyles);
  const { isDark } = useTheme2();
  const colour = state && (quiet ? stateColours('empty', isDark).ink : stateColours(state, isDark).ink);
  const body = (
    <>
      <span className={styles.label}>{label}</span>
      <span className={styles.value} style={state && state !== 'up' ? { color: colour } : undefined}>
        {state && (
          <span role="img" aria-label={stateWord(state)}>
            <StateMark state={state} size="0.7em" colour={colour} />{' '}
          </span>
        )}
        {value}
      </span>
      {hint && <span className={styles.hint}>{hint}</span>}
    </>
  );
  return href ? (
    <PageLink href={href} className={styles.tile}>
      {body}
    </PageLink>
  ) : (
    <div className={styles.tile}>{body}</div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  tile: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(0.5),
    padding: theme.spacing(1.5, 2),
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    minWidth: 150,
    flex: '1 1 150px',
    color: theme.colors.text.primary,
    'a&:hover, a&:focus-visible': { borderColor: theme.colors.primary.border },
  }),
  label: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  value: css({ fontSize: 26, lineHeight: 1.2, fontVariantNumeric: 'tabular-nums', fontWeight: theme.typography.fontWeightMedium, overflowWrap: 'anywhere', '@media (max-width: 600px)': { fontSize: 20 } }),
  hint: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, overflowWrap: 'anywhere' }),
});
