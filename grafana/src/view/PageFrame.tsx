import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { type ReactNode, Suspense } from 'react';

import { BrandFooter } from '../brand/BrandFooter';

/** Full width for a page, its footer, and a quiet line while its code is fetched. */
export function PageFrame({ children }: { children: ReactNode }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.frame}>
      <Suspense fallback={<LoadingPlaceholder text="" />}>{children}</Suspense>
      <BrandFooter />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({
    flex: 1,
    minWidth: 0,
    // A row of choices that is wider than a telephone goes on below.
    '[role="radiogroup"]': { flexWrap: 'wrap', maxWidth: '100%' },
    // Nothing looks up and live that nobody has heard of lately.
    '&:has([data-stale]) [data-state="up"]': { filter: 'grayscale(1)' },
    '&:has([data-stale]) [data-verdict="up"]': { borderColor: `${theme.colors.border.strong} !important` },
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    // Grafana's own fonts have no kana or kanji: what a Japanese system has comes next.
    fontFamily: `${theme.typography.fontFamily}, "Hiragino Sans", "Yu Gothic UI", "Meiryo", "Noto Sans CJK JP", "Noto Sans JP", sans-serif`,
  }),
});
