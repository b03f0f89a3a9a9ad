import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function WallPage({ names }: PageProps) {
  return <ComingTable figure="customers" names={names} />;
}
