import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function CustomerPage({ names }: PageProps) {
  return <ComingTable figure="sites" names={names} />;
}
