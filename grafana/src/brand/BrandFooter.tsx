import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { useApp } from '../AppContext';

/** The organisation's footer and whom to ask for help; nothing where neither is set. */
export function BrandFooter() {
  const { brand } = useApp();
  const styles = useStyles2(getStyles);
  if (!brand.footer && !brand.supportUrl) {
    return null;
  }
  return (
    <footer className={styles.footer}>
      {brand.footer && <span>{brand.footer}</span>}
      {brand.supportUrl && (
        <a href={brand.supportUrl} className={styles.link}>
          {t('brand.support', 'Support')}
        </a>
      )}
    </footer>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  footer: css({ marginTop: 'auto', paddingTop: theme.spacing(1), display: 'flex', gap: theme.spacing(2), color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  link: css({ color: theme.colors.text.link, textDecoration: 'underline' }),
});
