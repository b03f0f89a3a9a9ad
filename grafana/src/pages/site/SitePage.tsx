import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function SitePage({ names }: PageProps) {
  return <ComingTable figure="topology" names={names} />;
}
