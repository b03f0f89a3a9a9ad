import { t } from '@grafana/i18n';

import { type SiteStanding } from '../../figures/types';
import { usePageTime } from '../../figures/time';
import { type Figure } from '../../figures/useFigure';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { clock, count, fixed, percent } from '../../view/format';
import { stateOf } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { worstText } from '../../view/worst';
import { usePageLink } from '../links';

/** The customer's sites, the most urgent first. */
export function SitesTable({ customer, figure }: { customer: string; figure: Figure<SiteStanding> }) {
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const columns: Array<Column<SiteStanding>> = [
    { key: 'state', title: t('column.state', 'State'), value: (row) => -row.urgency, show: (row) => <StateBadge state={stateOf(row.state)} /> },
    { key: 'site', title: t('column.site', 'Site'), show: (row) => <bdi>{row.site || t('page.no-site', '(no site)')}</bdi>, href: (row) => link('site', { customer, site: row.site }) },
    { key: 'worst', title: t('column.worst', 'What troubles it'), value: worstText },
    { key: 'since', title: t('column.since', 'Since'), show: (row) => clock(row.since, timeZone) },
    { key: 'devices', title: t('column.up-of', 'Up / devices'), figure: true, show: (row) => `${count(row.up)} / ${count(row.devices)}` },
    { key: 'mos', title: t('column.mos', 'MOS'), figure: true, show: (row) => fixed(row.mos, 1), minor: true },
    { key: 'utilization_pct', title: t('column.busiest', 'Busiest link'), figure: true, show: (row) => percent(row.utilization_pct), minor: true },
  ];
  return (
    <FigureBlock
      title={t('customer.sites', 'Sites')}
      figure={figure}
      empty={<EmptyState what={t('customer.no-sites', 'No site of this customer is known.')} remedy={t('customer.no-sites-remedy', 'Check the name, or whether its appliance has ever reported.')} />}
    >
      <DataTable label={t('customer.sites', 'Sites')} columns={columns} rows={figure.rows} rowKey={(row) => row.site} />
    </FigureBlock>
  );
}
