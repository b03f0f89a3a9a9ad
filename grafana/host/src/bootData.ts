import type { AppPluginMeta } from '@grafana/data';

import { type Boot, type Look } from './boot';

export const APP = 'mimamori-noc-app';

/** What Grafana writes into its page as window.grafanaBootData, as far as its packages read it. */
export function bootDataOf(boot: Boot, look: Look): unknown {
  const { organisation } = boot;
  return {
    user: {
      id: 1, uid: 'preview', isSignedIn: true, login: 'preview', name: 'Preview', email: 'preview@localhost',
      orgId: organisation.id, orgName: organisation.name, orgRole: organisation.role, orgCount: boot.organisations.length,
      isGrafanaAdmin: false, timezone: 'browser', weekStart: '', language: look.language, regionalFormat: look.language,
      theme: look.theme, lightTheme: look.theme === 'light', gravatarUrl: '', permissions: {}, helpFlags1: 0, hasEditPermissionInFolders: false,
      analytics: { identifier: '' }, authenticatedBy: '',
    },
    settings: {
      appUrl: `${window.location.origin}/`, appSubUrl: '', namespace: `org-${organisation.id}`,
      buildInfo: { version: '12.3.0', commit: 'preview', env: 'production', edition: 'Open Source', hideVersion: false },
      datasources: { [boot.dataSource.name]: dataSourceOf(boot) }, defaultDatasource: boot.dataSource.name,
      panels: Object.fromEntries(Object.entries(boot.plugins).filter(([, { meta }]) => meta.type === ('panel' as string)).map(([id, { meta, module, baseUrl }]) => [id, { ...meta, module, baseUrl }])),
      apps: {}, featureToggles: {}, liveEnabled: false, minRefreshInterval: '5s', licenseInfo: {}, analytics: { enabled: false },
      pluginsToPreload: [], feedbackLinksEnabled: false, newsFeedEnabled: false, unifiedAlerting: { minInterval: '10s' },
    },
    navTree: [],
    assets: { dark: '', light: '' },
  };
}

/** The data source as Grafana's settings of the page have it. */
export function dataSourceOf(boot: Boot) {
  const { meta, module, baseUrl } = boot.plugins[boot.dataSource.type];
  return { ...boot.dataSource, meta: { ...meta, module, baseUrl }, readOnly: false, url: '', cachingConfig: { enabled: false, TTLMs: 0 } };
}

/** The app's plugin.json with its settings in the organisation. */
export function appPluginOf(boot: Boot): AppPluginMeta {
  const { meta, module, baseUrl } = boot.plugins[APP];
  return { ...meta, module, baseUrl, enabled: true, pinned: true, jsonData: boot.app } as unknown as AppPluginMeta;
}
