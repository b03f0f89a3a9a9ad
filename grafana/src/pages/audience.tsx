import { t } from '@grafana/i18n';
import { type ComponentType } from 'react';

import { fetched } from '../fetched';
import { APP_ROOT } from '../ids';
import { EmptyState } from '../view/EmptyState';
import { PageLink } from '../view/PageLink';
import { HOME, usePageLink } from './links';
import { OWN_PAGES, PAGE_PATHS, type PageId } from './paths';
import { type PageProps, PAGES } from './table';

/** Who an organisation's pages are for. */
export type View = 'partner' | 'customer';

const OwnPage = fetched(() => import('./own/OwnPage'));


/** The component of a page in a view; of one that is not part of it a word and the way home. */
export function pageFor(page: PageId, view: View): ComponentType<PageProps> {
  if (view === 'partner') {
    return PAGES[page].component;
  }
  if (!OWN_PAGES.includes(page)) {
    return NotHere;
  }
  return page === 'availability' ? PAGES.availability.component : OwnPage;
}

function NotHere() {
  const link = usePageLink();
  return (
    <EmptyState
      what={t('own.not-here', 'This page is not part of your view.')}
      remedy={<PageLink href={link(HOME)}>{t('own.home', 'To the overview of your network')}</PageLink>}
    />
  );
}

/**
 * Takes the partner's pages out of Grafana's menu, which is the same for every organisation, while
 * a customer is in the app. The pages themselves are closed by pageFor, the figures by the scope.
 */
export function OwnMenu() {
  const closed = (Object.keys(PAGE_PATHS) as PageId[]).filter((page) => !OWN_PAGES.includes(page) && !PAGE_PATHS[page].includes(':'));
  // The whole entry: Grafana gives each its height, and a link alone that is hidden leaves a hole.
  const entries = closed.map((page) => `nav li:not(:has(li)):has(a[href$="${APP_ROOT}/${PAGE_PATHS[page]}"])`);
  return <style>{`${entries.join(', ')} { display: none; }`}</style>;
}
