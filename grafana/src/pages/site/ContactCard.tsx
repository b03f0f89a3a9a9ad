import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useId } from 'react';

import { isAddress } from '../../brand/brand';

/** Whom to call at the site, and what to do there; where nothing was entered it says how to. */
export function ContactCard({ contact, runbook }: { contact: string | null | undefined; runbook: string | null | undefined }) {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.card}>
      <h2 id={id} className={styles.title}>
        {t('contact.title', 'Contact and runbook')}
      </h2>
      {contact && (
        <p className={styles.text}>
          <bdi>{contact}</bdi>
        </p>
      )}
      {runbook && <p className={styles.text}>{isAddress(runbook) ? <a href={runbook} className={styles.link}>{runbook}</a> : <bdi>{runbook}</bdi>}</p>}
      {!contact && !runbook && (
        <p className={styles.none}>
          {t('contact.none', 'Nobody has entered whom to call here, or what to do. Sites have no place for it in the configuration yet; once they have, both stand here.')}
        </p>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  card: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize, fontWeight: theme.typography.fontWeightMedium }),
  text: css({ margin: 0, whiteSpace: 'pre-line', overflowWrap: 'anywhere' }),
  link: css({ color: theme.colors.text.link, textDecoration: 'underline' }),
  none: css({ margin: 0, color: theme.colors.text.secondary }),
});
