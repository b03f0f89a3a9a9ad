import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function BlindSpotsPage({ names }: PageProps) {
  return <ComingTable figure="blindspots" names={names} />;
}
