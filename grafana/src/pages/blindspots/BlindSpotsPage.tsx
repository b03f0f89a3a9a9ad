import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Checkbox, useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';

import { type DeviceRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { Answer, type Verdict } from '../../view/Answer';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { BLANK, clock, count } from '../../view/format';
import { stateOf } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { FilterBar, NameFilter } from '../Filters';
import { place } from '../alarms/alarms';
import { usePageLink } from '../links';
import { Page } from '../Page';
import { useParameters } from '../parameters';
import { type PageProps } from '../table';
import { foldSpots } from './fold';
import { byReason, isPartial, reasonOf } from './reasons';
import { detailText, type Spot } from './spots';

const PARAMETERS = ['customer', 'site', 'reason', 'unasked'] as const;

/** What is not seen, why, and what to do: nobody can call it healthy. */
export default function BlindSpotsPage(_: PageProps) {
  const styles = useStyles2(getStyles);
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const [{ customer, site, reason, unasked }, change] = useParameters(PARAMETERS);
  const figure = useFigure<Spot>({ figure: 'blindspots', customer, site, unasked: unasked === 'true', limit: 20_000 });
  const devices = useFigure<DeviceRow>({ figure: 'topology', kind: 'trouble', customer, site, limit: 20_000 });
  const known = figure.answered && (devices.answered || devices.failure !== undefined);
  const spots = useMemo(() => (known ? foldSpots(figure.rows, devices.rows) : []), [known, figure.rows, devices.rows]);
  const groups = useMemo(() => byReason(spots), [spots]);
  const rows = useMemo(() => (reason ? spots.filter((row) => row.reason === reason) : spots), [spots, reason]);
  const columns: Array<Column<Spot>> = [
    {
      key: 'device',
      title: t('blind.what', 'Not seen'),
      value: (row) => row.device || row.appliance,
      href: (row) => (row.device ? link('device', { customer: row.customer, site: row.site, device: row.device }) : link('site', { customer: row.customer, site: row.site })),
    },
    { key: 'customer', title: t('column.customer', 'Customer'), href: (row) => link('customer', { customer: row.customer }) },
    { key: 'site', title: t('column.site', 'Site'), href: (row) => link('site', { customer: row.customer, site: row.site }) },
    { key: 'reason', title: t('column.reason', 'Reason'), value: (row) => reasonOf(row.reason, row.remedy).what, wrap: true },
    { key: 'devices', title: t('column.devices', 'Devices'), figure: true },
    { key: 'remedy', title: t('column.remedy', 'What to do'), value: (row) => reasonOf(row.reason, row.remedy).remedy, sortable: false, wrap: true },
    { key: 'since', title: t('column.since', 'Since'), show: (row) => clock(row.since, timeZone) },
    { key: 'last_good', title: t('blind.last-good', 'Last worked'), show: (row) => clock(row.last_good, timeZone), minor: true },
    { key: 'state', title: t('blind.ping-state', 'By its pings'), minor: true, show: (row) => (row.state ? <StateBadge state={stateOf(row.state)} /> : BLANK) },
    { key: 'what', title: t('blind.side', 'Which side of it'), value: (row) => whatWord(row.what), minor: true },
    { key: 'detail', title: t('blind.detail', 'Detail'), value: (row) => [detailText(row.detail), row.faults].filter(Boolean).join('; '), minor: true, wrap: true },
  ];
  return (
    <Page>
      {known && <Answer verdict={verdictOf(spots)} />}
      <FilterBar label={t('filter.label', 'What is shown')}>
        <NameFilter name={t('column.customer', 'Customer')} kind="customers" value={customer} onChange={(name) => change({ customer: name, site: '' })} />
        <NameFilter name={t('column.site', 'Site')} kind="sites" value={site} within={{ customer }} onChange={(name) => change({ site: name })} />
        <Checkbox
          label={t('blind.unasked', 'Also devices that are pinged alone')}
          value={unasked === 'true'}
          onChange={(event) => change({ unasked: event.currentTarget.checked ? 'true' : '' })}
        />
      </FilterBar>
      {groups.length > 0 && (
        <ul className={styles.reasons} aria-label={t('blind.reasons', 'By reason')}>
          {groups.map((group) => {
            const { what, remedy } = reasonOf(group.code, group.told);
            const chosen = group.code === reason;
            return (
              <li key={group.code}>
                <button type="button" className={styles.reason} aria-pressed={chosen} onClick={() => change({ reason: chosen ? '' : group.code })}>
                  <span className={styles.count}>{count(group.devices)}</span>
                  <span className={styles.words}>
                    <strong>{what}</strong>
                    <span className={styles.remedy}>{remedy}</span>
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <FigureBlock
        title={reason ? reasonOf(reason, null).what : t('page.blindspots', 'Blind spots')}
        figure={{ ...figure, answered: known }}
        isEmpty={rows.length === 0}
        notes
        empty={<EmptyState what={t('blind.empty', 'Nothing is blind: every device here tells what it is asked for.')} remedy={t('blind.empty-remedy', 'If you expected devices here, check the filters above, and whether the inventory lists them.')} />}
      >
        <DataTable label={t('page.blindspots', 'Blind spots')} columns={columns} rows={rows} rowKey={(row, i) => `${row.customer}\n${row.site}\n${row.device}\n${row.appliance}\n${row.what}\n${i}`} maxHeight={640} />
      </FigureBlock>
    </Page>
  );
}

function whatWord(what: string | null): string {
  switch (what) {
    case 'appliance':
      return t('blind.side-appliance', 'everything behind it');
    case 'snmp':
      return t('blind.side-snmp', 'what it says of itself');
    case 'ping':
      return t('blind.side-ping', 'whether it can be reached');
    default:
      return what ?? '';
  }
}

function verdictOf(rows: Spot[]): Verdict {
  const blind = rows.filter((row) => !isPartial(row));
  const partial = rows.length - blind.length;
  const counted = (row: Spot) => row.what === 'appliance' || row.reason === 'device_down';
  const hidden = blind.reduce((sum, row) => sum + (row.reason === 'device_down' ? (row.devices ?? 0) : 0), 0);
  const devices = new Set(blind.filter((row) => !counted(row)).map((row) => place(row.customer, row.site, row.device ?? ''))).size + blind.reduce((sum, row) => sum + (counted(row) ? (row.devices ?? 0) : 0), 0);
  const appliances = blind.filter((row) => row.what === 'appliance').length;
  if (blind.length > 0) {
    const words = { devices: count(devices), appliances: count(appliances), hidden: count(hidden) };
    return {
      state: 'unknown',
      text:
        hidden > 0
          ? t('blind.verdict-hidden', 'Devices that tell nothing of themselves: {{devices}}, of these down or behind a device that is down: {{hidden}}. Appliances among the causes: {{appliances}}.', words)
          : t('blind.verdict', 'Devices that tell nothing of themselves: {{devices}}. Appliances among the causes: {{appliances}}.', words),
    };
  }
  return partial > 0
    ? { state: 'degraded', text: t('blind.verdict-partial', 'Every device is seen; in part only: {{partial}}.', { partial: count(partial) }) }
    : { state: 'up', text: t('blind.verdict-none', 'There is no blind spot.') };
}

const getStyles = (theme: GrafanaTheme2) => ({
  reasons: css({ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: theme.spacing(1), gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 360px), 1fr))', li: { display: 'flex' } }),
  reason: css({
    flex: 1,
    display: 'flex',
    gap: theme.spacing(1.5),
    alignItems: 'flex-start',
    textAlign: 'left',
    padding: theme.spacing(1, 1.5),
    background: theme.colors.background.primary,
    color: theme.colors.text.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    '&:hover, &:focus-visible': { borderColor: theme.colors.primary.border },
    '&[aria-pressed=true]': { borderColor: theme.colors.primary.main, boxShadow: `inset 4px 0 0 ${theme.colors.primary.main}` },
  }),
  count: css({ fontSize: 24, lineHeight: 1.2, minWidth: '2ch', textAlign: 'right', fontVariantNumeric: 'tabular-nums', fontWeight: theme.typography.fontWeightMedium }),
  words: css({ display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' }),
  remedy: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
