import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function InterfacePage({ names }: PageProps) {
  return <ComingTable figure="interfaces" names={names} />;
}
