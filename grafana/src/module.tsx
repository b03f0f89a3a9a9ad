import { AppPlugin } from '@grafana/data';

import { type AppSettings } from './brand/brand';
import { earlyText } from './early';
import { lazily } from './lazily';

// Nothing but this file is read before somebody opens a page.
const App = lazily(async () => {
  const [app, texts] = await Promise.all([import('./App'), import('./sceneTexts')]);
  await texts.prepareSceneTexts();
  return app;
});
const AppConfig = lazily(() => import('./brand/AppConfig'));

export const plugin = new AppPlugin<AppSettings>().setRootPage(App).addConfigPage({
  title: earlyText('Brand and settings', 'ブランドと設定'),
  icon: 'cog',
  id: 'brand',
  body: AppConfig,
});
