import { type TimeRange } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';

import { zoneName } from '../../datasource/datasource';
import { type FigureQuery } from '../../datasource/query';

/** A file that the data source makes. */
export type Format = 'csv' | 'xlsx';

/** Address of the file of a figure, below Grafana's root; empty parameters are left out, as the backend wants it. */
export function reportAddress(uid: string, question: FigureQuery, range: TimeRange, timeZone: string, format: Format): string {
  const parameters = new URLSearchParams();
  const all = { ...question, from: range.from.valueOf(), to: range.to.valueOf(), tz: zoneName(timeZone), format };
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined && value !== '' && value !== 0) {
      parameters.set(name, String(value));
    }
  }
  return `/api/datasources/uid/${encodeURIComponent(uid)}/resources/report?${parameters}`;
}

/** Fetches a file through Grafana and hands it to the browser; an error says why there is none. */
export async function download(address: string, name: string): Promise<void> {
  const answer = await lastValueFrom(getBackendSrv().fetch<Blob>({ url: address, responseType: 'blob', showErrorAlert: false }));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(answer.data);
  link.download = nameOf(answer.headers?.get('Content-Disposition')) ?? name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The name that the backend gives a file. */
export function nameOf(disposition: string | null | undefined): string | undefined {
  return /filename="?([^";]+)"?/.exec(disposition ?? '')?.[1];
}
