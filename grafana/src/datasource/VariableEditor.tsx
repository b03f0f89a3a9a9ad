import type { QueryEditorProps } from '@grafana/data';

import { type MimamoriDataSource } from './datasource';
import { type MimamoriQuery } from './query';
import { type MimamoriSettings } from './settings';
import { type NameVariableQuery } from './variables';

/** The form of a dashboard variable. */
export default function VariableEditor(_: QueryEditorProps<MimamoriDataSource, MimamoriQuery, MimamoriSettings, NameVariableQuery>) {
  return null;
}
