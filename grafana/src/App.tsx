import type { AppRootProps } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { SceneApp, useSceneApp } from '@grafana/scenes';
import { useMemo } from 'react';
import { Navigate, Route, Routes } from 'react-router-dom';

import { AppContext, type AppContextValue } from './AppContext';
import { type AppSettings, readBrand } from './brand/brand';
import { BrandTheme } from './brand/BrandTheme';
import { DATASOURCE_ID } from './ids';
import { OwnMenu } from './pages/audience';
import { HOME, pagePath } from './pages/links';
import { scenePages } from './pages/scene';

function makeApp(): SceneApp {
  return new SceneApp({ pages: scenePages(), name: 'mimamori', urlSyncOptions: { updateUrlOnInit: false, createBrowserHistorySteps: true } });
}

/** The app below /a/mimamori-noc-app: its pages, in the organisation's brand. */
export default function App({ meta }: AppRootProps<AppSettings>) {
  const app = useSceneApp(makeApp);
  const settings = meta.jsonData;
  const context = useMemo<AppContextValue>(
    () => ({
      brand: readBrand(settings),
      view: settings?.view === 'customer' ? 'customer' : 'partner',
      dataSourceUid: findDataSource(settings?.dataSourceUid),
    }),
    [settings]
  );
  return (
    <AppContext.Provider value={context}>
      <BrandTheme brand={context.brand}>
        {context.view === 'customer' && <OwnMenu />}
        <Routes>
          <Route path="/" element={<Navigate to={pagePath(HOME)} replace />} />
          <Route path="*" element={<app.Component model={app} />} />
        </Routes>
      </BrandTheme>
    </AppContext.Provider>
  );
}

/** The data source of the settings, else the organisation's first of ours. */
function findDataSource(wanted: string | undefined): string | undefined {
  const ours = getDataSourceSrv().getList({ pluginId: DATASOURCE_ID });
  return (ours.find((source) => source.uid === wanted) ?? ours[0])?.uid;
}
