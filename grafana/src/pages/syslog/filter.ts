/** Parameters of the address that narrow the log. */
export const LOG_PARAMETERS = ['search', 'severity', 'mnemonic', 'app', 'customer', 'site', 'device'] as const;
export type LogParameter = (typeof LOG_PARAMETERS)[number];
export type LogFilter = Record<LogParameter, string>;

/** What of a filter rates can be narrowed by: words and applications are in the lines alone. */
export function rateFilter({ severity, mnemonic, customer, site, device }: LogFilter): Partial<LogFilter> {
  return { severity, mnemonic, customer, site, device };
}

/** Whether rates count more than the lines that are searched. */
export function ratesCountMore({ search, app }: LogFilter): boolean {
  return search !== '' || app !== '';
}

/** Whether anything narrows the log. */
export function isNarrowed(filter: LogFilter): boolean {
  return LOG_PARAMETERS.some((each) => filter[each] !== '');
}

/** Whose a line is and where from, as far as more than one of it is asked for; empty where the filter says it. */
export function placeText(row: { customer: string | null; site: string | null }, filter: Pick<LogFilter, 'customer' | 'site' | 'device'>): string {
  if (filter.device) {
    return '';
  }
  return [filter.customer ? '' : row.customer, filter.site ? '' : row.site].filter(Boolean).join(' / ');
}
