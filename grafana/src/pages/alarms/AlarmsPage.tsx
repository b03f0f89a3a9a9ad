import { dateTime, type TimeRange } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { type RaisedAlarm, SEVERITIES } from '../../datasource/alarms';
import { type Standing } from '../../figures/types';
import { useAlarms } from '../../figures/useAlarms';
import { useFigure } from '../../figures/useFigure';
import { ageOf, STALE_AFTER } from '../../view/age';
import { Answer, type Verdict } from '../../view/Answer';
import { EmptyState } from '../../view/EmptyState';
import { count } from '../../view/format';
import { FailureNotice, Notice } from '../../view/Notice';
import { RECENTLY } from '../../view/recent';
import { extentOf, unknownText } from '../../view/reading';
import { severityWord } from '../../view/severity';
import { TabLinks } from '../../view/TabLinks';
import { useNow } from '../../view/useNow';
import { FilterBar, NameFilter } from '../Filters';
import { Page } from '../Page';
import { useParameters } from '../parameters';
import { type PageProps } from '../table';
import { ByFigures } from './ByFigures';
import { History } from './History';
import { quietVerdict } from './quiet';
import { byGravity, handled, raisedAt } from './raised';
import { RaisedTable } from './RaisedTable';

const PARAMETERS = ['customer', 'site', 'tab'] as const;
const plain = { interpolation: { escapeValue: false } };

/** What is raised, who sees to it, and what can be done; what is open by the figures themselves; what was raised. */
export default function AlarmsPage(_: PageProps) {
  const [{ customer, site, tab }, change] = useParameters(PARAMETERS);
  const alarms = useAlarms();
  const connected = alarms.configured !== false;
  const rows = byGravity(raisedAt(alarms.rows, customer, site));
  // Where nothing is raised it is asked whether that is good news, or nobody knows.
  // Whatever time the page is about: what is raised is of the present.
  const present = useMemo(() => timeUntil(alarms.rows), [alarms.rows]);
  const quiet = alarms.configured === true && !alarms.failure && rows.length === 0;
  const standing = useFigure<Standing>(site ? { figure: 'sites', customer, site, limit: 20_000 } : { figure: 'customers', customer, limit: 20_000 }, { skip: !quiet, range: present });
  const asking = quiet && !standing.answered && !standing.failure;
  const now = useNow();
  const heard = (ageOf(standing, now) ?? Infinity) <= STALE_AFTER;
  const tabs = [
    ...(connected ? [{ key: 'raised', title: t('alarms.raised', 'Raised now'), count: alarms.configured ? rows.length : undefined }] : []),
    { key: 'figures', title: t('alarms.by-figures', 'Open by the figures') },
    { key: 'history', title: t('alarms.history', 'History') },
  ];
  const chosen = tabs.some(({ key }) => key === tab) ? tab : tabs[0].key;
  return (
    <Page>
      <TabLinks label={t('alarms.parts', 'Alarms')} tabs={tabs} chosen={chosen} onChoose={(key) => change({ tab: key === tabs[0].key ? '' : key })} />
      <FilterBar label={t('filter.label', 'What is shown')}>
        <NameFilter name={t('column.customer', 'Customer')} kind="customers" value={customer} onChange={(name) => change({ customer: name, site: '' })} />
        <NameFilter name={t('column.site', 'Site')} kind="sites" value={site} within={{ customer }} onChange={(name) => change({ site: name })} />
      </FilterBar>
      {!connected && (
        <Notice kind="info" remedy={t('alarms.unconnected-remedy', 'Whoever set up this organisation can enter it in the data source\'s settings: where mimamori alert or all is reached.')}>
          {t('alarms.unconnected', 'The data source does not say where alarms are raised, so nothing can be acknowledged or silenced here.')}
        </Notice>
      )}
      {chosen === 'raised' && (
        <>
          {alarms.failure && <FailureNotice failure={alarms.failure} kept={alarms.configured === true} />}
          {alarms.configured && !alarms.failure && !asking && <Answer verdict={quiet ? quietVerdict(standing.answered && !standing.failure && heard, unknownText(extentOf(standing.rows))) : verdictOf(rows)}>{countsText(rows)}</Answer>}
          {(alarms.configured === undefined || asking) && !alarms.failure && <p>{t('figure.asking', 'Asking...')}</p>}
          {alarms.configured && rows.length === 0 && !alarms.failure && (
            <EmptyState what={t('alarms.raised-empty', 'Nothing is raised.')} remedy={t('alarms.raised-empty-remedy', 'Open by the figures lists what is wrong for too short a time for an alarm, or what no rule watches.')} />
          )}
          {rows.length > 0 && <RaisedTable alarms={rows} all={alarms.rows} acts={alarms.acts} onDone={alarms.again} />}
          {alarms.failure && <History customer={customer} site={site} />}
        </>
      )}
      {chosen === 'figures' && <ByFigures customer={customer} site={site} />}
      {chosen === 'history' && <History customer={customer} site={site} />}
    </Page>
  );
}

/** The ten minutes until the alarms came. */
function timeUntil(_: RaisedAlarm[]): TimeRange {
  const to = dateTime();
  const from = dateTime(to.valueOf() - RECENTLY);
  return { from, to, raw: { from, to } };
}

/** What is most urgent of what nobody sees to. */
function verdictOf(rows: RaisedAlarm[]): Verdict {
  const [first] = rows.filter((row) => !handled(row));
  if (!first) {
    return { state: 'maintenance', text: t('alarms.verdict-handled', 'Raised: {{all}}. Each is seen to or silenced.', { all: count(rows.length) }) };
  }
  const where = [first.customer, first.site].filter(Boolean).join(' / ');
  return {
    state: first.severity === 'critical' || first.severity === 'major' ? 'down' : 'degraded',
    text: t('alarms.verdict-raised', 'Raised: {{all}}. Nobody sees to: {{name}}, {{severity}}.', { all: count(rows.length), name: where ? `${first.name} (${where})` : first.name, severity: severityWord(first.severity), ...plain }),
  };
}

/** "Critical 1, Major 2; seen to or silenced: 1". */
function countsText(rows: RaisedAlarm[]): string {
  const seen = rows.filter(handled).length;
  return [
    SEVERITIES.map((severity) => ({ severity, many: rows.filter((row) => row.severity === severity).length }))
      .filter(({ many }) => many > 0)
      .map(({ severity, many }) => `${severityWord(severity)} ${count(many)}`)
      .join(t('format.comma', ', ')),
    seen > 0 ? t('alarms.handled-count', 'seen to or silenced: {{alarms}}', { alarms: count(seen) }) : '',
  ]
    .filter(Boolean)
    .join('; ');
}
