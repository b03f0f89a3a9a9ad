import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { type ReactNode } from 'react';

import { type State, stateColours } from './state';
import { StateMark } from './StateMark';

/** What a page says at its top. */
export interface Verdict {
  state: State;
  /** One sentence: what, since when, why, and what it takes along. */
  text: string;
  /** Not of the present: grey in place of the state's colour. */
  quiet?: boolean;
}

/** The page's question answered in one line, before any figure; the state's shape and colour stand before it. */
export function Answer({ verdict, children }: { verdict: Verdict; children?: ReactNode }) {
  const styles = useStyles2(getStyles);
  const { isDark } = useTheme2();
  const colour = stateColours(verdict.quiet ? 'empty' : verdict.state, isDark).ink;
  return (
    <div className={styles.answer} data-verdict={verdict.state} style={{ borderColor: colour }}>
      <StateMark state={verdict.state} size={26} colour={colour} />
      <div className={styles.words}>
        <p className={styles.text} role="status">
          <bdi>{verdict.text}</bdi>
        </p>
        {children}
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  answer: css({ display: 'flex', gap: theme.spacing(1.5), alignItems: 'flex-start', borderLeft: '4px solid', padding: theme.spacing(1.5, 2), background: theme.colors.background.primary, borderRadius: theme.shape.radius.default }),
  words: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5), minWidth: 0 }),
  text: css({ margin: 0, fontSize: theme.typography.h4.fontSize, lineHeight: 1.35, fontWeight: theme.typography.fontWeightMedium, overflowWrap: 'anywhere' }),
});
