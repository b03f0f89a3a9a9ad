import { t } from '@grafana/i18n';

import { usePageTime } from '../../figures/time';
import { causeText } from '../../view/cause';
import { type Column, DataTable } from '../../view/DataTable';
import { BLANK, moment } from '../../view/format';
import { shownState } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { type Grouping, type OutageRow } from './service';
import { excludedText, seconds } from './words';

/** Stretches that were not up: what of each counts, what does not, and why. */
export function OutageTable({ rows, by }: { rows: OutageRow[]; by: Grouping }) {
  const { timeZone } = usePageTime();
  const whose: Array<Column<OutageRow>> = [];
  if (by === 'customer') {
    whose.push({ key: 'site', title: t('column.site', 'Site') });
  }
  if (by === 'customer' || by === 'site') {
    whose.push({ key: 'device', title: t('column.device', 'Device') });
  }
  if (by === 'group') {
    whose.push({ key: 'members', title: t('availability.due-to', 'Due to') });
  }
  const columns: Array<Column<OutageRow>> = [
    { key: 'state', title: t('column.state', 'State'), show: (row) => <StateBadge state={shownState(row.state, row.cause)} /> },
    ...whose,
    { key: 'from', title: t('availability.from', 'From'), show: (row) => moment(row.from, timeZone) },
    { key: 'to', title: t('availability.to', 'To'), show: (row) => (row.ongoing ? t('availability.ongoing', 'goes on') : moment(row.to, timeZone)) },
    { key: 'counted_s', title: t('availability.counted', 'Counts'), figure: true, show: (row) => seconds(row.counted_s) },
    { key: 'excluded_s', title: t('availability.excluded', 'Excluded'), figure: true, show: (row) => seconds(row.excluded_s) },
    { key: 'excluded_why', title: t('availability.why', 'Why it does not count'), value: (row) => excludedText(row.excluded_why) },
    { key: 'cause', title: t('column.cause', 'Cause'), value: (row) => causeText(row.cause) },
    { key: 'ticket', title: t('availability.ticket', 'Ticket'), minor: true },
    { key: 'evidence', title: t('availability.evidence', 'Evidence'), minor: true },
    { key: 'corrected', title: t('availability.corrected', 'Corrected'), minor: true, show: (row) => (row.corrected ? t('availability.yes', 'yes') : BLANK) },
  ];
  return <DataTable label={t('availability.outages', 'Outages')} columns={columns} rows={rows} rowKey={(row, i) => `${row.customer}\n${row.site}\n${row.device}\n${row.from}\n${i}`} maxHeight={320} />;
}
