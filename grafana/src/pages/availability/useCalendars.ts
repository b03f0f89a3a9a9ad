import { getDataSourceSrv } from '@grafana/runtime';
import { useEffect, useState } from 'react';

import { useApp } from '../../AppContext';
import { type MimamoriDataSource } from '../../datasource/datasource';
import { type NamePage } from '../../datasource/names';

/** Names of the calendars that service may be measured by; none until they are known. */
export function useCalendars(): string[] {
  const { dataSourceUid } = useApp();
  const [names, setNames] = useState<string[]>([]);
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      const source = (await getDataSourceSrv().get({ uid: dataSourceUid })) as unknown as MimamoriDataSource;
      const page = await source.getResource<NamePage>('calendars');
      if (wanted) {
        setNames(page.items.map((item) => item.value));
      }
    };
    if (dataSourceUid) {
      // Without a list the contracts' own hours remain; why the data source fails its figures say.
      read().catch(() => undefined);
    }
    return () => {
      wanted = false;
    };
  }, [dataSourceUid]);
  return names;
}
