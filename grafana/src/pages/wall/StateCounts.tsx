import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { type Standing } from '../../figures/types';
import { count } from '../../view/format';
import { stateColours, stateOf, STATES, stateWord } from '../../view/state';
import { StateMark } from '../../view/StateMark';

/** How many stand how: the whole picture in one line, without its colours when it is old. */
export function StateCounts({ rows, stale }: { rows: Standing[]; stale: boolean }) {
  const styles = useStyles2(getStyles);
  const { isDark } = useTheme2();
  return (
    <div className={styles.counts} style={{ filter: stale ? 'grayscale(1)' : undefined }}>
      {STATES.map((state) => {
        const many = rows.filter((row) => stateOf(row.state) === state).length;
        return many === 0 ? null : (
          <span key={state} className={styles.one} style={{ color: stateColours(state, isDark).ink }}>
            <StateMark state={state} size={18} />
            <strong>{count(many)}</strong>
            {stateWord(state)}
          </span>
        );
      })}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  counts: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5, 3), fontSize: 18, fontVariantNumeric: 'tabular-nums' }),
  one: css({ display: 'inline-flex', alignItems: 'center', gap: 8 }),
});
