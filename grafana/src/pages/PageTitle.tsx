import { BrandHeader } from '../brand/BrandHeader';
import { useApp } from '../AppContext';
import { type Names } from './names';
import { type PageId } from './paths';

/** Heading of a page: the brand, and what the page is about. */
export function PageTitle({ text }: { text: string; page: PageId; names: Names }) {
  return <BrandHeader brand={useApp().brand} title={text} />;
}
