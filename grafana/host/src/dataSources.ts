import type { DataSourceApi, DataSourceInstanceSettings, DataSourcePlugin, DataSourceRef } from '@grafana/data';
import type { DataSourceSrv, GetDataSourceListFilters } from '@grafana/runtime';

import { importPlugin } from './loader';

type Ref = DataSourceRef | string | null | undefined;

/** The organisation's one data source. */
export class DataSources implements DataSourceSrv {
  private made: Promise<DataSourceApi> | undefined;

  constructor(private readonly settings: DataSourceInstanceSettings) {}

  get(ref?: Ref): Promise<DataSourceApi> {
    if (!this.getInstanceSettings(ref)) {
      return Promise.reject(new Error(`Datasource ${JSON.stringify(ref)} was not found`));
    }
    this.made ??= this.make();
    return this.made;
  }

  private async make(): Promise<DataSourceApi> {
    const plugin = await importPlugin<DataSourcePlugin<DataSourceApi>>(this.settings.meta.module);
    const source = new plugin.DataSourceClass(this.settings);
    source.components = plugin.components;
    source.type = this.settings.type;
    source.meta = this.settings.meta;
    return source;
  }

  getList(filters: GetDataSourceListFilters = {}): DataSourceInstanceSettings[] {
    const types = filters.type === undefined ? undefined : [filters.type].flat();
    const fits =
      (!filters.pluginId || filters.pluginId === this.settings.type) &&
      (!types || types.includes(this.settings.type)) &&
      (filters.filter?.(this.settings) ?? true);
    return fits ? [this.settings] : [];
  }

  getInstanceSettings(ref?: Ref): DataSourceInstanceSettings | undefined {
    const { uid, name, type } = this.settings;
    if (ref === undefined || ref === null || ref === 'default') {
      return this.settings;
    }
    const named = typeof ref === 'string' ? ref : ref.uid;
    const fits = named === undefined ? (ref as DataSourceRef).type === type : named === uid || named === name;
    return fits ? this.settings : undefined;
  }

  reload(): void {}

  registerRuntimeDataSource(): void {}
}
