import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function AppliancesPage({ names }: PageProps) {
  return <ComingTable figure="appliances" names={names} />;
}
