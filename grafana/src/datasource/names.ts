/** What the backend lists names of, searched and paged on the server. */
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
  value: string;
  text: string;
}

/** One page of names. */
export interface NamePage {
  items: NameItem[];
  /** How many match in all. */
  total: number;
  more: boolean;
}

/** Resource route of a kind of name. */
export function namesPath(kind: NameKind): string {
  return kind;
}
