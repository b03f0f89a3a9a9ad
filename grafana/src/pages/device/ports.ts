import { t } from '@grafana/i18n';

import { type FigureQuery } from '../../datasource/query';
import { type State } from '../../view/state';
import { type Sorting } from '../../view/sorting';
import { type Names } from '../names';

/** What interfaces can be ordered by in the store. */
export const INTERFACE_ORDERS = ['load', 'errors', 'name'] as const;
export type InterfaceOrder = (typeof INTERFACE_ORDERS)[number];

/** Interfaces on one page. */
export const PAGE_SIZE = 200;

/** A page of a device's interfaces. */
export function interfaceQuestion(names: Names, order: InterfaceOrder, search: string, page: number): FigureQuery {
  return { figure: 'interfaces', ...names, search, limit: PAGE_SIZE, offset: page * PAGE_SIZE, order: order === 'load' ? 'percent' : order };
}

/** ifOperStatus (RFC 2863) as a state to draw: down is no alarm by itself, most devices have ports that nothing is plugged into. */
export function portState(oper: string | null): State {
  switch (oper) {
    case 'up':
      return 'up';
    case 'down':
    case 'lower layer down':
    case 'not present':
      return 'empty';
    case 'testing':
    case 'dormant':
      return 'maintenance';
    default:
      return 'unknown';
  }
}

/** The same in a word. */
export function portWord(oper: string | null): string {
  switch (oper) {
    case 'up':
      return t('port.up', 'Up');
    case 'down':
      return t('port.down', 'Down');
    case 'lower layer down':
      return t('port.lower', 'Down below');
    case 'not present':
      return t('port.absent', 'Not present');
    case 'testing':
      return t('port.testing', 'Testing');
    case 'dormant':
      return t('port.dormant', 'Dormant');
    default:
      return oper || t('port.unknown', 'Not told');
  }
}

/** How a page of them is ordered: as the store orders all. */
export function interfaceSorting(order: InterfaceOrder): Sorting {
  return order === 'name' ? { column: 'interface', descending: false } : { column: order === 'errors' ? 'errors' : 'utilization_pct', descending: true };
}
