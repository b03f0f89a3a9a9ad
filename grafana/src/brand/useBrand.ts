import { getBackendSrv } from '@grafana/runtime';
import { useEffect, useState } from 'react';

import { APP_ID } from '../ids';
import { type AppSettings, type Brand, DEFAULT_BRAND, readBrand } from './brand';

let asked: Promise<Brand> | undefined;

/** The organisation's brand outside of the app's pages; the neutral one until it is known, and where it cannot be read. */
export function useBrand(): Brand {
  const [brand, setBrand] = useState(DEFAULT_BRAND);
  useEffect(() => {
    let shown = true;
    asked ??= getBackendSrv()
      .get<{ jsonData?: AppSettings }>(`/api/plugins/${APP_ID}/settings`, undefined, undefined, { showErrorAlert: false })
      .then((meta) => readBrand(meta.jsonData))
      .catch(() => {
        asked = undefined;
        return DEFAULT_BRAND;
      });
    void asked.then((found) => shown && setBrand(found));
    return () => {
      shown = false;
    };
  }, []);
  return brand;
}
