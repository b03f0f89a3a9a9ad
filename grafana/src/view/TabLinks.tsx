import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

interface Props {
  /** What the parts are of, for who cannot see them. */
  label: string;
  tabs: Array<{ key: string; title: string; count?: number }>;
  chosen: string;
  onChoose: (key: string) => void;
}

/** Parts of a page, one of them shown. */
export function TabLinks({ label, tabs, chosen, onChoose }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <nav aria-label={label} className={styles.tabs}>
      {tabs.map(({ key, title, count }) => (
        <button key={key} type="button" aria-current={key === chosen ? 'page' : undefined} className={cx(styles.tab, key === chosen && styles.chosen)} onClick={() => onChoose(key)}>
          {title}
          {count !== undefined && <span className={styles.count}>{count}</span>}
        </button>
      ))}
    </nav>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  tabs: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(2), borderBottom: `1px solid ${theme.colors.border.medium}`, '@media print': { display: 'none' } }),
  tab: css({
    appearance: 'none', background: 'none', border: 'none', borderBottom: '3px solid transparent', padding: theme.spacing(1, 0.5), color: theme.colors.text.primary,
    fontWeight: theme.typography.fontWeightMedium, display: 'inline-flex', gap: theme.spacing(1), alignItems: 'center',
    '&:hover': { borderBottomColor: theme.colors.border.strong },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.text}`, outlineOffset: 2 },
  }),
  chosen: css({ borderBottomColor: theme.colors.primary.text }),
  count: css({ padding: theme.spacing(0, 1), borderRadius: 999, background: theme.colors.background.secondary, fontVariantNumeric: 'tabular-nums' }),
});
