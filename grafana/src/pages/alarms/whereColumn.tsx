import { t } from '@grafana/i18n';

import { type Column } from '../../view/DataTable';
import { PageLink } from '../../view/PageLink';
import { type usePageLink } from '../links';

/** Whose an alarm is, with its site below; each leads there. What is of no customer is the centre's own. */
export function whereColumn<R extends { customer: string; site: string }>(link: ReturnType<typeof usePageLink>): Column<R> {
  return {
    key: 'customer',
    title: t('alarms.where', 'Customer and site'),
    value: (row) => `${row.customer}\n${row.site}`,
    show: (row) => (row.customer ? <bdi>{row.customer}</bdi> : t('alarms.centre', '(the centre)')),
    href: (row) => (row.customer ? link('customer', { customer: row.customer }) : undefined),
    below: (row) =>
      row.site && (
        <PageLink href={link('site', { customer: row.customer, site: row.site })}>
          <bdi>{row.site}</bdi>
        </PageLink>
      ),
  };
}
