import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function UtilizationPage({ names }: PageProps) {
  return <ComingTable figure="utilization" names={names} />;
}
