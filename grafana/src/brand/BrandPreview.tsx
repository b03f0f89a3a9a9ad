import { css } from '@emotion/css';
import { createTheme, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';

import { StateBadge } from '../view/StateBadge';
import { type Brand, DEFAULT_BRAND, isColour } from './brand';
import { BrandHeader } from './BrandHeader';
import { BrandTheme } from './BrandTheme';

/** How pages look in the brand, in one of Grafana's themes. */
export function BrandPreview({ brand, mode }: { brand: Brand; mode: 'light' | 'dark' }) {
  const base = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  // While a colour is being typed the last whole one would be gone: the default stands in.
  const usable = {
    ...brand,
    accentLight: isColour(brand.accentLight) ? brand.accentLight : DEFAULT_BRAND.accentLight,
    accentDark: isColour(brand.accentDark) ? brand.accentDark : DEFAULT_BRAND.accentDark,
  };
  return (
    <BrandTheme brand={usable} base={base}>
      <Sample brand={usable} title={mode === 'dark' ? t('brand.preview-dark', 'Preview, dark') : t('brand.preview-light', 'Preview, light')} />
    </BrandTheme>
  );
}

function Sample({ brand, title }: { brand: Brand; title: string }) {
  const styles = useStyles2(getStyles);
  return (
    <section className={styles.sample} aria-label={title}>
      <BrandHeader brand={brand} title={title} />
      <div className={styles.states}>
        <StateBadge state="down" />
        <StateBadge state="unknown" />
        <StateBadge state="degraded" />
        <StateBadge state="maintenance" />
        <StateBadge state="up" />
      </div>
      <div className={styles.states}>
        <Button size="sm">{t('brand.sample-button', 'A button')}</Button>
        <span className={styles.link}>{t('brand.sample-link', 'A link')}</span>
      </div>
      {brand.footer && <small>{brand.footer}</small>}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  sample: css({ background: theme.colors.background.primary, color: theme.colors.text.primary, padding: theme.spacing(2), borderRadius: theme.shape.radius.default, border: `1px solid ${theme.colors.border.medium}`, display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  states: css({ display: 'flex', gap: theme.spacing(2), flexWrap: 'wrap', alignItems: 'center' }),
  link: css({ color: theme.colors.text.link, textDecoration: 'underline' }),
});
