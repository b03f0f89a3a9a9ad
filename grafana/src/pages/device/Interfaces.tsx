import { t } from '@grafana/i18n';
import { Button, Input, RadioButtonGroup } from '@grafana/ui';
import { useEffect, useState } from 'react';

import { type InterfaceRow } from '../../figures/standing';
import { useFigure } from '../../figures/useFigure';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { bitRate, count, percent } from '../../view/format';
import { ERRORS, greater } from '../../view/load';
import { LoadBar } from '../../view/LoadBar';
import { NotNow } from '../../view/NotNow';
import { isRecent } from '../../view/recent';
import { StateBadge } from '../../view/StateBadge';
import { StateMark } from '../../view/StateMark';
import { usePageLink } from '../links';
import { type Names } from '../names';
import { INTERFACE_ORDERS, type InterfaceOrder, interfaceQuestion, interfaceSorting, PAGE_SIZE, portState, portWord } from './ports';

/** The device's interfaces, with what was last told of them where it is not reached now: by name, load or errors; of thousands a page at a time, searched and ordered in the store. */
export function Interfaces({ names: { customer, site, device }, reached, timeZone, now }: { names: Names; reached: boolean; timeZone: string; now: number }) {
  const [order, setOrder] = useState<InterfaceOrder>('load');
  const [typed, setTyped] = useState('');
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSearch(typed.trim());
      setPage(0);
    }, 300);
    return () => clearTimeout(timer);
  }, [typed]);
  const figure = useFigure<InterfaceRow>(interfaceQuestion({ customer, site, device }, order, search, page));
  const total = figure.total ?? figure.rows.length;
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const first = page * PAGE_SIZE + 1;
  const titles: Record<InterfaceOrder, string> = { load: t('interfaces.by-load', 'By load'), errors: t('interfaces.by-errors', 'By errors'), name: t('interfaces.by-name', 'By name') };
  return (
    <FigureBlock
      title={t('interfaces.title', 'Interfaces')}
      // What is beyond this page is a page away, not cut off.
      figure={{ ...figure, truncated: false }}
      empty={
        search ? (
          <EmptyState what={t('interfaces.none-found', 'No interface has "{{search}}" in its name or description.', { search, interpolation: { escapeValue: false } })} />
        ) : (
          <EmptyState what={t('interfaces.none', 'The device has told of no interface.')} remedy={t('interfaces.none-remedy', 'It is asked by SNMP: Blind spots says whether that works.')} />
        )
      }
      actions={
        <>
          <Input width={24} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} placeholder={t('interfaces.search', 'Name or description')} aria-label={t('interfaces.search', 'Name or description')} />
          <RadioButtonGroup
            size="sm"
            aria-label={t('interfaces.order', 'Order')}
            options={INTERFACE_ORDERS.map((value) => ({ value, label: titles[value] }))}
            value={order}
            onChange={(value) => {
              setOrder(value);
              setPage(0);
            }}
          />
        </>
      }
    >
      <InterfaceTable rows={figure.rows} order={order} reached={reached} timeZone={timeZone} now={now} />
      {pages > 1 && (
        <nav aria-label={t('interfaces.pages', 'Pages of interfaces')} style={{ display: 'flex', gap: 12, alignItems: 'center', paddingTop: 8 }}>
          <Button size="sm" variant="secondary" disabled={page === 0} onClick={() => setPage(page - 1)}>
            {t('interfaces.back', 'Back')}
          </Button>
          <span>{t('interfaces.shown', '{{first}} to {{last}} of {{total}}', { first: count(first), last: count(first + figure.rows.length - 1), total: count(total) })}</span>
          <Button size="sm" variant="secondary" disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
            {t('interfaces.on', 'On')}
          </Button>
        </nav>
      )}
    </FigureBlock>
  );
}

function InterfaceTable({ rows, order, reached, timeZone, now }: { rows: InterfaceRow[]; order: InterfaceOrder; reached: boolean; timeZone: string; now: number }) {
  const link = usePageLink();
  const current = (row: InterfaceRow) => reached && isRecent(row.last_measured, now);
  const present = (row: InterfaceRow, value: number | null) => (current(row) ? value : null);
  const columns: Array<Column<InterfaceRow>> = [
    {
      key: 'interface',
      title: t('links.interface', 'Interface'),
      href: (row) => link('interface', { customer: row.customer, site: row.site, device: row.device, interface: row.interface }),
    },
    { key: 'oper_state', title: t('links.state', 'State'), value: (row) => portWord(row.oper_state), show: (row) => <PortBadge oper={row.oper_state} reached={reached} /> },
    { key: 'alias', title: t('links.alias', 'Description'), minor: true },
    { key: 'last_utilization_pct', title: t('links.now', 'Now'), figure: true, value: (row) => present(row, row.last_utilization_pct), show: (row) => (row.last_measured === null || current(row) ? <LoadBar value={row.last_utilization_pct} /> : <NotNow at={row.last_measured} timeZone={timeZone} now={now} />) },
    { key: 'utilization_pct', title: t('links.mean', 'Mean'), figure: true, hint: t('links.mean-hint', 'Over the time range of the page'), show: (row) => percent(row.utilization_pct) },
    { key: 'errors', title: t('links.errors', 'Errors'), figure: true, hint: t('links.errors-hint', 'Packets in error, the worse direction, over the time range of the page'), value: errorsOf, show: (row) => <Errors value={errorsOf(row)} /> },
    { key: 'last_in_bps', title: t('links.in', 'In'), figure: true, minor: true, value: (row) => present(row, row.last_in_bps), show: (row) => bitRate(present(row, row.last_in_bps)) },
    { key: 'last_out_bps', title: t('links.out', 'Out'), figure: true, minor: true, value: (row) => present(row, row.last_out_bps), show: (row) => bitRate(present(row, row.last_out_bps)) },
    { key: 'in_capacity_bps', title: t('links.capacity', 'Capacity'), figure: true, minor: true, show: (row) => bitRate(row.in_capacity_bps) },
  ];
  // The rows come in the order asked for; a click on a heading orders this page of them.
  return <DataTable key={order} label={t('interfaces.label', 'Interfaces of the device')} columns={columns} rows={rows} rowKey={(row) => row.interface} sorting={interfaceSorting(order)} maxHeight={520} />;
}

/** What a device that does not answer said last is no present state. */
function PortBadge({ oper, reached }: { oper: string | null; reached: boolean }) {
  const word = portWord(oper);
  return reached ? <StateBadge state={portState(oper)} word={word} /> : <StateBadge state="unknown" word={t('port.last', 'Last: {{word}}', { word, interpolation: { escapeValue: false } })} />;
}

function errorsOf(row: InterfaceRow): number | null {
  return greater(row.in_error_pct, row.out_error_pct);
}

function Errors({ value }: { value: number | null }) {
  return (
    <>
      {value !== null && value > ERRORS && <StateMark state="degraded" size="0.8em" />} {percent(value)}
    </>
  );
}
