import { css } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { useApp } from '../AppContext';
import { usePageTime } from '../figures/time';
import { clock, duration } from './format';
import { ageOf, type FreshnessFacts, isPast, STALE_AFTER } from './age';
import { Notice } from './Notice';
import { useNow } from './useNow';

/** Says how new the picture is: quietly while it is, in a notice once it is older than a minute. */
export function Freshness({ answer }: { answer: FreshnessFacts & { answered: boolean } }) {
  const now = useNow();
  const { range, timeZone } = usePageTime();
  const styles = useStyles2(getStyles);
  const { view } = useApp();
  // A customer has no page that would say more.
  const ask = t('freshness.ask', 'States may have changed since. If it stays so, ask your partner.');
  if (!answer.answered) {
    return null;
  }
  if (isPast(range, now)) {
    return <span className={styles.quiet}>{t('freshness.past', 'As it was until {{time}}', { time: clock(range.to.valueOf(), timeZone, now), interpolation: { escapeValue: false } })}</span>;
  }
  const age = ageOf(answer, now);
  if (age === undefined) {
    return (
      <Notice kind="warning" stale remedy={view === 'customer' ? ask : t('freshness.none-remedy', 'See Appliances for who has stopped reporting, and Blind spots for what is not seen.')}>
        {t('freshness.none', 'No data has arrived within the last day: these states are not current.')}
      </Notice>
    );
  }
  const since = { age: duration(age), time: clock(answer.asOf, timeZone, now), interpolation: { escapeValue: false } };
  if (age > STALE_AFTER && answer.late) {
    return (
      <Notice kind="warning" stale remedy={view === 'customer' ? ask : t('freshness.late-remedy', 'States are those of that time, and may have changed since: the centre is catching up. What it has not read yet is not missing.')}>
        {t('freshness.late', 'The centre is {{age}} late: it has read what appliances sent until {{time}}.', since)}
      </Notice>
    );
  }
  if (age > STALE_AFTER) {
    return (
      <Notice kind="warning" stale remedy={view === 'customer' ? ask : t('freshness.stale-remedy', 'States may have changed since. See Appliances for who has stopped reporting.')}>
        {t('freshness.stale', 'The newest data is {{age}} old (from {{time}}).', since)}
      </Notice>
    );
  }
  return <span className={styles.quiet}>{t('freshness.fresh', 'Current as of {{time}}', { time: dateTimeFormat(answer.asOf ?? now, { timeZone, format: 'HH:mm:ss' }), interpolation: { escapeValue: false } })}</span>;
}

const getStyles = (theme: GrafanaTheme2) => ({
  quiet: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontVariantNumeric: 'tabular-nums' }),
});
