import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { type ReactNode, useId } from 'react';

import { type Figure } from '../figures/useFigure';
import { EmptyState } from './EmptyState';
import { FailureNotice, TruncatedNotice } from './Notice';

interface Props<R> {
  title: ReactNode;
  figure: Figure<R>;
  /** At the right of the title: filters, a link to more. */
  actions?: ReactNode;
  /** In place of the rows where there are none. */
  empty?: ReactNode;
  /** Decides whether there is nothing; without it, no rows and no lines. */
  isEmpty?: boolean;
  /** Notes of the answer below the picture. */
  notes?: boolean;
  children: ReactNode;
}

/**
 * A part of a page that shows one figure: its heading, and around the picture whatever keeps it
 * from being believed too much. A failed question leaves the last picture, greyed, with the reason.
 */
export function FigureBlock<R>({ title, figure, actions, empty, isEmpty, notes, children }: Props<R>) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const { answered, failure, outdated } = figure;
  const nothing = isEmpty ?? (figure.rows.length === 0 && figure.series.every((line) => line.times.length === 0));
  return (
    <section className={styles.block} aria-labelledby={id}>
      <header className={styles.header}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {failure && <FailureNotice failure={failure} kept={answered} />}
      {!answered && !failure && <p className={styles.waiting}>{t('figure.asking', 'Asking...')}</p>}
      {answered && nothing && !failure && (empty ?? <EmptyState what={t('figure.empty', 'Nothing in this time.')} />)}
      {answered && !nothing && (
        <div className={failure || outdated ? styles.greyed : undefined} aria-busy={outdated}>
          {children}
        </div>
      )}
      {answered && figure.truncated && <TruncatedNotice shown={figure.rows.length} total={figure.total} />}
      {notes && figure.notes.length > 0 && (
        <ul className={styles.notes}>
          {figure.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  block: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), minWidth: 0 }),
  header: css({ display: 'flex', alignItems: 'baseline', gap: theme.spacing(2), flexWrap: 'wrap' }),
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize, fontWeight: theme.typography.fontWeightMedium }),
  actions: css({ marginLeft: 'auto', display: 'flex', gap: theme.spacing(1), alignItems: 'center', flexWrap: 'wrap' }),
  waiting: css({ color: theme.colors.text.secondary, margin: 0 }),
  greyed: css({ filter: 'grayscale(1)', opacity: 0.75 }),
  notes: css({ margin: 0, paddingLeft: theme.spacing(2.5), color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
