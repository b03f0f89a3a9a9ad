import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useId } from 'react';

import { EmptyState } from '../../view/EmptyState';

/** Where the device's alarms will be: until then it says that none are raised, so that nobody takes silence for health. */
export function AlarmsOfDevice() {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.block}>
      <h2 id={id} className={styles.title}>
        {t('alarms.title', 'Alarms')}
      </h2>
      <EmptyState what={t('alarms.off', 'Alerting is not running: no alarm is raised.')} remedy={t('alarms.off-remedy', 'That none are listed here does not mean that all is well. Grafana can alert on any figure of this data source.')} />
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  block: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize, fontWeight: theme.typography.fontWeightMedium }),
});
