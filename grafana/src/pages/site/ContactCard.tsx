import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { type ReactNode, useId } from 'react';

import { type SiteStanding } from '../../figures/types';
import { mailLink, phoneLink, webLink } from './contact';

type Card = Pick<SiteStanding, 'contact' | 'contact_phone' | 'contact_mail' | 'contact_hours' | 'runbook'>;

/** Whom to call at the site, and what to do there; where nothing was entered it says how to. */
export function ContactCard({ card }: { card: Card | undefined }) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const link = (href: string | null, words: string, elsewhere?: boolean): ReactNode => {
    const text = <bdi>{words}</bdi>;
    return href === null ? (
      text
    ) : (
      <a href={href} className={styles.link} {...(elsewhere ? { rel: 'noopener noreferrer', target: '_blank' } : {})}>
        {text}
      </a>
    );
  };
  const lines: Array<[string, string | null | undefined, ReactNode]> = card
    ? [
        [t('contact.who', 'Call'), card.contact, <bdi key="who">{card.contact}</bdi>],
        [t('contact.phone', 'Phone'), card.contact_phone, link(phoneLink(card.contact_phone ?? ''), card.contact_phone ?? '')],
        [t('contact.mail', 'Mail'), card.contact_mail, link(mailLink(card.contact_mail ?? ''), card.contact_mail ?? '')],
        [t('contact.hours', 'Hours'), card.contact_hours, <bdi key="hours">{card.contact_hours}</bdi>],
        [t('contact.runbook', 'Runbook'), card.runbook, link(webLink(card.runbook ?? ''), card.runbook ?? '', true)],
      ]
    : [];
  const entered = lines.filter(([, value]) => value);
  return (
    <section aria-labelledby={id} className={styles.card}>
      <h2 id={id} className={styles.title}>
        {t('contact.title', 'Contact and runbook')}
      </h2>
      {entered.length > 0 && (
        <dl className={styles.lines}>
          {entered.map(([name, , shown]) => (
            <div key={name} className={styles.line}>
              <dt className={styles.name}>{name}</dt>
              <dd className={styles.text}>{shown}</dd>
            </div>
          ))}
        </dl>
      )}
      {card && entered.length === 0 && (
        <p className={styles.none}>
          {t('contact.none', "Nobody has entered whom to call here, or what to do. Give the site contact: and runbook: in the centre's configuration.")}
        </p>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  card: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize, fontWeight: theme.typography.fontWeightMedium }),
  lines: css({ margin: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5) }),
  line: css({ display: 'flex', gap: theme.spacing(1.5) }),
  name: css({ flex: '0 0 72px', color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular }),
  text: css({ margin: 0, minWidth: 0, whiteSpace: 'pre-line', overflowWrap: 'anywhere' }),
  link: css({ color: theme.colors.text.link, textDecoration: 'underline' }),
  none: css({ margin: 0, color: theme.colors.text.secondary }),
});
