/** What the backend lists names of, searched and paged on the server; each is a resource route too. */
export type NameKind = 'customers' | 'sites' | 'devices' | 'interfaces' | 'paths';

export const NAME_KINDS: readonly NameKind[] = ['customers', 'sites', 'devices', 'interfaces', 'paths'];

/** What to look for, and within what. */
export interface NameSearch {
  search?: string;
  offset?: number;
  /** At most so many; the backend has a cap of its own. */
  limit?: number;
  customer?: string;
  site?: string;
  device?: string;
}

export interface NameItem {
  /** What selects it in a query. */
  value: string;
  /** The name, with what tells it from others of that name. */
  text: string;
  customer?: string;
  site?: string;
  device?: string;
  also?: string;
}

/** One page of names. */
export interface NamePage {
  items: NameItem[];
  /** How many match in all. */
  total: number;
  more: boolean;
}

/** What a variable's custom "all" value is in our dashboards: Grafana would list every name otherwise. */
export const ALL = '*';

/** How a dashboard variable is written into a query, which names one thing or all: of several values there is no one name. */
export function oneName(value: string | string[]): string {
  if (typeof value === 'string') {
    return value === '$__all' ? '' : value;
  }
  return value.length === 1 && value[0] !== '$__all' ? value[0] : value.join(',');
}

/** The name, empty for all. */
export function nameOrAll(text: string): string {
  return text === ALL ? '' : text;
}
