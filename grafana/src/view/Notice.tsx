import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, useStyles2 } from '@grafana/ui';
import { type ReactNode } from 'react';

import { useApp } from '../AppContext';
import { type Failure } from '../figures/failure';

interface Props {
  kind: 'error' | 'warning' | 'info';
  children: ReactNode;
  /** What to do about it. */
  remedy?: ReactNode;
  /** What the page shows is not of the present: what is up there loses its colour. */
  stale?: boolean;
}

/** Something a reader has to know before believing the picture. */
export function Notice({ kind, children, remedy, stale }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div role={kind === 'error' ? 'alert' : 'status'} data-stale={stale || undefined} className={`${styles.notice} ${styles[kind]}`}>
      <Icon name={kind === 'info' ? 'info-circle' : 'exclamation-triangle'} size="lg" aria-hidden="true" />
      <div>
        <strong className={styles.what}>{children}</strong>
        {remedy && <div>{remedy}</div>}
      </div>
    </div>
  );
}

/** A question that failed; `kept` says that the picture below is an earlier one. */
export function FailureNotice({ failure, kept }: { failure: Failure; kept?: boolean }) {
  const { view } = useApp();
  const remedy = failure.operator && view === 'customer' ? t('notice.ask', 'It is asked again with every refresh. If it stays so, ask your partner.') : failure.remedy;
  return (
    <Notice kind="error" remedy={remedy}>
      {failure.what}
      {kept && ` ${t('notice.kept', 'What is shown below is from before that.')}`}
    </Notice>
  );
}

/** There is more than is shown. */
export function TruncatedNotice({ shown, total }: { shown: number; total: number | undefined }) {
  const { view } = useApp();
  return (
    <Notice kind="info" remedy={view === 'customer' ? t('notice.shorter', 'Choose a shorter time range.') : t('notice.narrow', 'Narrow the time range, or name a customer, site or device.')}>
      {total === undefined
        ? t('notice.truncated', 'Only the first {{shown}} rows are shown.', { shown })
        : t('notice.truncated-of', 'Only {{shown}} of {{total}} rows are shown.', { shown, total })}
    </Notice>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  notice: css({
    display: 'flex',
    gap: theme.spacing(1.5),
    alignItems: 'flex-start',
    padding: theme.spacing(1, 1.5),
    borderLeft: '4px solid',
    background: theme.colors.background.secondary,
    color: theme.colors.text.primary,
    borderRadius: theme.shape.radius.default,
    overflowWrap: 'anywhere',
  }),
  what: css({ fontWeight: theme.typography.fontWeightMedium }),
  error: css({ borderColor: theme.colors.error.main, svg: { color: theme.colors.error.text } }),
  warning: css({ borderColor: theme.colors.warning.main, svg: { color: theme.colors.warning.text } }),
  info: css({ borderColor: theme.colors.border.strong }),
});
