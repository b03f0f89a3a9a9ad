import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function AvailabilityPage({ names }: PageProps) {
  return <ComingTable figure="availability" names={names} />;
}
