import { css } from '@emotion/css';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { type State, stateColours, stateWord } from './state';
import { StateMark } from './StateMark';

/** A state as colour, shape and word. */
export function StateBadge({ state, word }: { state: State; word?: string }) {
  const { isDark } = useTheme2();
  const styles = useStyles2(getStyles);
  return (
    <span className={styles.badge} data-state={state} style={{ color: stateColours(state, isDark).ink }}>
      <StateMark state={state} />
      {word ?? stateWord(state)}
    </span>
  );
}

const getStyles = () => ({
  badge: css({ display: 'inline-flex', alignItems: 'center', gap: '0.4em', fontWeight: 500, whiteSpace: 'nowrap' }),
});
