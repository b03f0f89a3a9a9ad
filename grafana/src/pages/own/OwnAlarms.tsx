import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { usePageTime } from '../../figures/time';
import { useAlarms } from '../../figures/useAlarms';
import { since } from '../../view/format';
import { FailureNotice } from '../../view/Notice';
import { SeverityBadge } from '../../view/SeverityBadge';
import { severityOf } from '../../view/severity';
import { byGravity } from '../alarms/raised';

/** As many as a glance takes in. */
const MOST = 10;

/** What is raised in a customer's own network: what, where, since when, and whether the partner sees to it. */
export function OwnAlarms({ customer }: { customer: string }) {
  const styles = useStyles2(getStyles);
  const { timeZone } = usePageTime();
  const { configured, failure, rows } = useAlarms();
  if (!configured && !failure) {
    return null;
  }
  // What is late about a ticket is between the partner and its desk.
  const own = byGravity(rows.filter((row) => row.customer === customer && row.ticket === ''));
  return (
    <section className={styles.block} aria-labelledby="own-alarms">
      <h2 id="own-alarms" className={styles.title}>
        {t('own.alarms', 'Open alarms')}
      </h2>
      {failure && <FailureNotice failure={failure} kept={configured} />}
      {!failure && own.length === 0 && <p className={styles.none}>{t('own.no-alarms', 'None at present.')}</p>}
      {own.length > 0 && (
        <ul className={styles.list}>
          {own.slice(0, MOST).map((row) => (
            <li key={row.id} className={styles.alarm}>
              <SeverityBadge severity={severityOf(row.severity)} />
              <span>
                <bdi>{row.summary || row.name}</bdi> <span className={styles.none}>{[row.site, since(row.since, timeZone), row.until === null ? '' : t('own.seen-to', 'your partner sees to it')].filter(Boolean).join(', ')}</span>
              </span>
            </li>
          ))}
          {own.length > MOST && <li className={styles.none}>{t('own.more-alarms', '{{rest}} more', { rest: own.length - MOST })}</li>}
        </ul>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  block: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize, fontWeight: theme.typography.fontWeightMedium }),
  none: css({ margin: 0, color: theme.colors.text.secondary }),
  list: css({ listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5) }),
  alarm: css({ display: 'flex', gap: theme.spacing(1.5), alignItems: 'baseline', overflowWrap: 'anywhere' }),
});
