import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function PathPage({ names }: PageProps) {
  return <ComingTable figure="voice" names={names} />;
}
