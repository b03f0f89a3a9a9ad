import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function AlarmsPage({ names }: PageProps) {
  return <ComingTable figure="outages" names={names} />;
}
