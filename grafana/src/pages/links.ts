import { urlUtil } from '@grafana/data';
import { useLocation } from 'react-router-dom';

import { useApp } from '../AppContext';
import { APP_ROOT } from '../ids';
import { type Names, segment } from './names';
import { OWN_PAGES, PAGE_PATHS, type PageId } from './paths';

/** Address of the page that the app opens with. */
export const HOME: PageId = 'wall';

/** Address parameters that go along from page to page: the time asked for and the kiosk. */
export const KEPT_PARAMETERS = ['from', 'to', 'timezone', 'refresh', 'kiosk'];

/** Address of a page about these names, below Grafana's root. */
export function pagePath(page: PageId, names: Names = {}): string {
  const filled = PAGE_PATHS[page].replace(/:(\w+)/g, (_, parameter: string) => segment(names[parameter as keyof Names] ?? ''));
  return `${APP_ROOT}/${filled}`;
}

/**
 * A function that gives links to pages and keeps the time range and the kiosk on the way. To a
 * page that is not part of the organisation's view it gives the empty text: no link.
 */
export function usePageLink(): (page: PageId, names?: Names, more?: Record<string, string | undefined>) => string {
  const { search } = useLocation();
  const { view } = useApp();
  return (page, names, more) => (view === 'partner' || OWN_PAGES.includes(page) ? pageLink(search, page, names, more) : '');
}

/** Link to a page from an address with these search parameters. */
export function pageLink(search: string, page: PageId, names: Names = {}, more: Record<string, string | undefined> = {}): string {
  const present = new URLSearchParams(search);
  const kept: Record<string, string> = {};
  for (const parameter of KEPT_PARAMETERS) {
    const value = present.get(parameter);
    if (value !== null) {
      kept[parameter] = value;
    }
  }
  for (const [parameter, value] of Object.entries(more)) {
    if (value) {
      kept[parameter] = value;
    }
  }
  return urlUtil.renderUrl(pagePath(page, names), kept);
}
