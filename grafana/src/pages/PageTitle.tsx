import { t } from '@grafana/i18n';

import { BrandHeader } from '../brand/BrandHeader';
import { useApp } from '../AppContext';
import { type Names } from './names';
import { type PageId } from './paths';

/** Heading of a page: the brand, and what the page is about. */
export function PageTitle({ text, page }: { text: string; page: PageId; names: Names }) {
  const { brand, view } = useApp();
  return <BrandHeader brand={brand} title={view === 'customer' && page === 'wall' ? t('own.title', 'Overview') : text} />;
}
