import { type PageProps } from '../table';
import { ComingTable } from '../ComingTable';

/** See table.tsx. */
export default function SyslogPage({ names }: PageProps) {
  return <ComingTable figure="syslog" names={names} />;
}
