import { t } from '@grafana/i18n';

import { type Figure } from '../../figures/useFigure';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { percent } from '../../view/format';
import { usePageLink } from '../links';
import { type ContributorRow, type Share } from './service';
import { seconds } from './words';

/** The devices with the largest part in the downtime of all that is shown. */
export function Contributors({ figure, shares }: { figure: Figure<ContributorRow>; shares: Share[] }) {
  const link = usePageLink();
  const columns: Array<Column<Share>> = [
    { key: 'device', title: t('column.device', 'Device'), href: (row) => link('device', { customer: row.customer, site: row.site, device: row.device }) },
    { key: 'site', title: t('column.site', 'Site'), show: (row) => <bdi>{`${row.customer} / ${row.site}`}</bdi>, href: (row) => link('site', { customer: row.customer, site: row.site }) },
    { key: 'down_s', title: t('availability.downtime', 'Downtime'), figure: true, show: (row) => seconds(row.down_s) },
    // Of rows that were cut off nobody knows what they add up to.
    ...(figure.truncated
      ? []
      : ([
          { key: 'share', title: t('column.share', 'Share'), figure: true, show: (row) => percent(row.share) },
          { key: 'cumulative', title: t('availability.cumulative', 'With those above'), figure: true, minor: true, show: (row) => percent(row.cumulative) },
        ] satisfies Array<Column<Share>>)),
  ];
  return (
    <FigureBlock title={t('availability.contributors', 'Who contributed most to the downtime')} figure={figure} actions={<span>{t('availability.unreachable-hint', 'Time in which a device was unreachable is the one in its way to answer for.')}</span>} empty={<EmptyState what={t('availability.no-contributors', 'No device was down in time that counts.')} />}>
      <DataTable label={t('availability.contributors', 'Who contributed most to the downtime')} columns={columns} rows={shares.slice(0, 50)} rowKey={(row) => `${row.customer}\n${row.site}\n${row.device}`} maxHeight={360} />
    </FigureBlock>
  );
}
