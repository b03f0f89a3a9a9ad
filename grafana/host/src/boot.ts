import type { DataSourceInstanceSettings, PluginMeta } from '@grafana/data';

/** An organisation as the server of the preview names it. */
export interface Organisation {
  id: number;
  name: string;
  role: 'Admin' | 'Viewer';
}

/** What the server tells the page at its start. */
export interface Boot {
  organisation: Organisation;
  organisations: Organisation[];
  plugins: Record<string, { meta: PluginMeta; module: string; baseUrl: string }>;
  /** The app's jsonData. */
  app: Record<string, unknown>;
  dataSource: DataSourceInstanceSettings;
}

/** How the page is looked at: search parameters of the address, kept for the tab. */
export interface Look {
  orgId: number;
  theme: 'light' | 'dark';
  language: 'en-US' | 'ja-JP';
}

const KEPT = 'mimamori-preview';

/** Reads how to look from the address, else from what the tab was last told. */
export function readLook(): Look {
  const asked = new URLSearchParams(window.location.search);
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}') as Partial<Record<'orgId' | 'theme' | 'lang', string>>;
  const value = (name: 'orgId' | 'theme' | 'lang') => asked.get(name) ?? kept[name];
  const orgId = Number(value('orgId') ?? 1);
  const language = value('lang') ?? navigator.language;
  const look: Look = {
    orgId: Number.isInteger(orgId) && orgId > 0 ? orgId : 1,
    theme: value('theme') === 'light' ? 'light' : 'dark',
    language: language.startsWith('ja') ? 'ja-JP' : 'en-US',
  };
  sessionStorage.setItem(KEPT, JSON.stringify({ orgId: String(look.orgId), theme: look.theme, lang: look.language }));
  for (const name of ['orgId', 'theme', 'lang']) {
    asked.delete(name);
  }
  const rest = asked.toString();
  window.history.replaceState(window.history.state, '', window.location.pathname + (rest ? `?${rest}` : '') + window.location.hash);
  return look;
}

/** Looks at the same page in another way. */
export function lookAgain(change: { orgId?: number; theme?: string; lang?: string }): void {
  const address = new URL(window.location.href);
  for (const [name, value] of Object.entries(change)) {
    address.searchParams.set(name, String(value));
  }
  if (change.orgId) {
    address.pathname = '/'; // the names of one organisation are not another's
  }
  window.location.assign(address);
}
