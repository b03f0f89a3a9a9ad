import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { type ReactNode } from 'react';

import { BLANK } from './format';

/** One fact: its name and what it is. */
export interface Fact {
  name: string;
  value: ReactNode;
}

/** Facts in a row or more, each below its name; a blank one says so with a dash. */
export function FactList({ facts }: { facts: Fact[] }) {
  const styles = useStyles2(getStyles);
  return (
    <dl className={styles.list}>
      {facts.map(({ name, value }) => (
        <div key={name} className={styles.fact}>
          <dt className={styles.name}>{name}</dt>
          <dd className={styles.value}>{value === null || value === undefined || value === '' ? BLANK : value}</dd>
        </div>
      ))}
    </dl>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ margin: 0, display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(150px, 1fr))', gap: theme.spacing(1.5, 2) }),
  fact: css({ minWidth: 0 }),
  name: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontWeight: theme.typography.fontWeightRegular }),
  value: css({ margin: 0, overflowWrap: 'anywhere', fontVariantNumeric: 'tabular-nums' }),
});
