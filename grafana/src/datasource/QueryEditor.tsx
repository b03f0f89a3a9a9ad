import type { QueryEditorProps } from '@grafana/data';

import { type MimamoriDataSource } from './datasource';
import { type MimamoriQuery } from './query';
import { type MimamoriSettings } from './settings';

type Props = QueryEditorProps<MimamoriDataSource, MimamoriQuery, MimamoriSettings>;

/** The form of a query. */
export default function QueryEditor(_: Props) {
  return null;
}
