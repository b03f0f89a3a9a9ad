import { Global } from '@emotion/react';
import {
  type AppPlugin, type AppPluginMeta, createTheme, EventBusSrv, type PanelPlugin, setTimeZoneResolver, standardEditorsRegistry, standardTransformersRegistry, ThemeContext,
} from '@grafana/data';
import { initializeI18n } from '@grafana/i18n/internal';
import {
  config, locationService, LocationServiceProvider, setAppEvents, setBackendSrv, setChromeHeaderHeightHook, setCurrentUser, setDataSourceSrv, setEchoSrv,
  setLocationSrv, setPluginComponentHook, setPluginComponentsHook, setPluginFunctionsHook, setPluginImportUtils, setPluginLinksHook, setReturnToPreviousHook,
  setRunRequest, setTemplateSrv,
} from '@grafana/runtime';
import { setPanelDataErrorView } from '@grafana/runtime/components/PanelDataErrorView.mjs';
import { setPanelRenderer } from '@grafana/runtime/components/PanelRenderer.mjs';
import { setPluginPage } from '@grafana/runtime/components/PluginPage.mjs';
import { GlobalStyles } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { Router } from 'react-router-dom';
import { CompatRouter } from 'react-router-dom-v5-compat';

import { Backend } from './backend';
import { base } from './base';
import { type Boot, type Look } from './boot';
import { DataSources } from './dataSources';
import { importPlugin, shareModules } from './loader';
import { PanelFrame } from './PanelFrame';
import { PluginPage } from './PluginPage';
import { runRequest } from './runRequest';
import { Shell } from './Shell';
import { templates } from './templates';
import { translations } from './translations';

/** Sets up what Grafana sets up before it shows a plugin, and shows the app. */
export async function run(boot: Boot, look: Look, meta: AppPluginMeta): Promise<void> {
  const theme = createTheme({ colors: { mode: look.theme } });
  config.theme2 = theme;
  document.documentElement.lang = look.language;
  document.body.className = `theme-${look.theme} app-grafana`;
  await initializeI18n({ language: look.language, ns: ['grafana'], module: translations }, look.language);
  provide(boot, look);
  shareModules();
  const plugin = await importPlugin<AppPlugin>(meta.module);
  plugin.meta = meta;
  plugin.init?.(meta);
  createRoot(document.getElementById('root')!).render(
    <ThemeContext.Provider value={theme}>
      <Global styles={base(theme)} />
      <GlobalStyles />
      <Router history={locationService.getHistory()}>
        <LocationServiceProvider service={locationService}>
          <CompatRouter>
            <Shell boot={boot} look={look} plugin={plugin} />
          </CompatRouter>
        </LocationServiceProvider>
      </Router>
    </ThemeContext.Provider>
  );
}

const EDITORS = ['text', 'number', 'boolean', 'select', 'radio', 'color', 'unit'];

function provide(boot: Boot, look: Look): void {
  const { user } = config.bootData;
  setTimeZoneResolver(() => user.timezone || 'browser');
  setCurrentUser(user);
  setBackendSrv(new Backend(look.orgId));
  setLocationSrv(locationService);
  setEchoSrv({ addBackend: () => {}, addEvent: () => {}, flush: () => {} });
  setAppEvents(new EventBusSrv());
  setTemplateSrv(templates);
  setRunRequest(runRequest);
  const [settings] = Object.values(config.datasources);
  setDataSourceSrv(new DataSources(settings));
  const panels = new Map<string, PanelPlugin>();
  setPluginImportUtils({
    importPanelPlugin: async (id) => {
      const found = boot.plugins[id];
      if (!found) {
        throw new Error(`the preview has no panel ${id}`);
      }
      const panel = await importPlugin<PanelPlugin>(found.module);
      panel.meta = { ...found.meta, module: found.module, baseUrl: found.baseUrl } as PanelPlugin['meta'];
      panels.set(id, panel);
      return panel;
    },
    getPanelPluginFromCache: (id) => panels.get(id),
  });
  standardTransformersRegistry.setInit(() => []);
  // Panels name the editors of their options; here nobody opens them.
  standardEditorsRegistry.setInit(() => EDITORS.map((id) => ({ id, name: id, editor: () => null })));
  setPluginPage(PluginPage);
  setPanelRenderer(PanelFrame);
  setPanelDataErrorView(({ message }) => <p role="alert">{message}</p>);
  setChromeHeaderHeightHook(() => 40);
  setReturnToPreviousHook(() => () => {});
  setPluginComponentHook(() => ({ component: null, isLoading: false }));
  setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  setPluginLinksHook(() => ({ links: [], isLoading: false }));
  setPluginFunctionsHook(() => ({ functions: [], isLoading: false }));
}
