import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { type Brand } from './brand';
import { BrandMark } from './BrandMark';

/** The organisation's logo and name, and the title of what is shown. */
export function BrandHeader({ brand, title }: { brand: Brand; title?: string }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.header}>
      <BrandMark brand={brand} />
      <span className={styles.name}>{brand.name}</span>
      {title && (
        <>
          <span className={styles.rule} aria-hidden="true" />
          <h1 className={styles.title}>
            <bdi>{title}</bdi>
          </h1>
        </>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  header: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1.5), flexWrap: 'wrap', minWidth: 0 }),
  name: css({ color: theme.colors.primary.text, fontWeight: theme.typography.fontWeightMedium, fontSize: theme.typography.h5.fontSize }),
  rule: css({ alignSelf: 'stretch', width: 2, minHeight: 24, background: theme.colors.primary.main }),
  title: css({ margin: 0, fontSize: theme.typography.h3.fontSize, overflowWrap: 'anywhere' }),
});
