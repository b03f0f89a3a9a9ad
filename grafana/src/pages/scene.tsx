import { t } from '@grafana/i18n';
import {
  EmbeddedScene,
  SceneAppPage,
  type SceneAppPageLike,
  type SceneComponentProps,
  SceneControlsSpacer,
  sceneGraph,
  SceneObjectBase,
  type SceneObjectState,
  SceneRefreshPicker,
  type SceneRouteMatch,
  SceneTimePicker,
  SceneTimeRange,
} from '@grafana/scenes';
import { TextLink } from '@grafana/ui';
import { useMemo } from 'react';

import { useApp } from '../AppContext';
import { type PageTime, PageTimeContext } from '../figures/time';
import { EmptyState } from '../view/EmptyState';
import { PageFrame } from '../view/PageFrame';
import { pageFor } from './audience';
import { pagePath } from './links';
import { nameOf, type Names } from './names';
import { PAGE_PATHS, type PageId } from './paths';
import { PAGES } from './table';
import { PageTitle } from './PageTitle';

const INTERVALS = ['5s', '10s', '30s', '1m', '5m', '15m'];

interface PageBodyState extends SceneObjectState {
  page: PageId;
  names: Names;
}

/** Hands the scene's time range to a page, which is an ordinary component. */
class PageBody extends SceneObjectBase<PageBodyState> {
  static Component = ({ model }: SceneComponentProps<PageBody>) => {
    const { page, names } = model.useState();
    const timeRange = sceneGraph.getTimeRange(model);
    const { value: range } = timeRange.useState();
    const timeZone = timeRange.getTimeZone();
    const time = useMemo<PageTime>(() => ({ range, timeZone }), [range, timeZone]);
    const Page = pageFor(page, useApp().view);
    return (
      <PageTimeContext.Provider value={time}>
        <PageFrame>
          <Page names={names} />
        </PageFrame>
      </PageTimeContext.Provider>
    );
  };
}

function scene(page: PageId, names: Names): EmbeddedScene {
  const { from, to = 'now', refresh } = PAGES[page];
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from, to }),
    controls: [
      new SceneControlsSpacer(),
      new SceneTimePicker({ isOnCanvas: true }),
      new SceneRefreshPicker({ refresh, intervals: INTERVALS, isOnCanvas: true, withText: true }),
    ],
    body: new PageBody({ page, names }),
  });
}

function appPage(page: PageId, names: Names, routePath: string): SceneAppPage {
  const { title, parent } = PAGES[page];
  let parentPage: SceneAppPage | undefined;
  return new SceneAppPage({
    title: title(names),
    url: pagePath(page, names),
    routePath,
    renderTitle: (text) => <PageTitle text={text} page={page} names={names} />,
    preserveUrlKeys: ['from', 'to', 'timezone', 'refresh', 'kiosk'],
    getScene: () => scene(page, names),
    getFallbackPage: lostPage,
    getParentPage: parent ? () => (parentPage ??= appPage(parent, names, '')) : undefined,
  });
}

const BELOW = 'customers/';

/** The pages of the table as Scenes' router takes them. */
export function scenePages(): SceneAppPage[] {
  const ids = Object.keys(PAGES) as PageId[];
  const menu = ids.filter((id) => !PAGE_PATHS[id].startsWith(BELOW));
  const about = ids.filter((id) => PAGE_PATHS[id].startsWith(BELOW));
  const customers = new SceneAppPage({
    title: PAGES.wall.title({}),
    url: pagePath('wall'),
    routePath: `${BELOW}*`,
    getScene: () => scene('wall', {}),
    getFallbackPage: lostPage,
    drilldowns: about.map((id) => ({
      routePath: `${PAGE_PATHS[id].slice(BELOW.length)}/*`,
      getPage: (match: SceneRouteMatch<Record<string, string>>): SceneAppPageLike => appPage(id, namesOf(match.params), '*'),
    })),
  });
  const anywhere = new SceneAppPage({ title: '', url: pagePath('wall'), routePath: '*', getFallbackPage: lostPage });
  return [...menu.map((id) => appPage(id, {}, `${PAGE_PATHS[id]}/*`)), customers, anywhere];
}

/** What stands at an address that is no page's, such as one that was mistyped. */
function lostPage(): SceneAppPage {
  return new SceneAppPage({ title: t('page.lost', 'No such page'), url: pagePath('wall'), routePath: '', getScene: () => new EmbeddedScene({ body: new LostBody({}) }) });
}

class LostBody extends SceneObjectBase {
  static Component = () => (
    <PageFrame>
      <EmptyState
        what={t('page.lost-what', 'There is no page at this address.')}
        remedy={<TextLink href={pagePath('wall')}>{t('page.lost-remedy', 'Go to the wall')}</TextLink>}
      />
    </PageFrame>
  );
}

function namesOf(params: Record<string, string | undefined>): Names {
  const names: Names = {};
  for (const parameter of ['customer', 'site', 'device', 'interface', 'path'] as const) {
    const part = params[parameter];
    if (part !== undefined) {
      names[parameter] = nameOf(part);
    }
  }
  return names;
}
