import { createContext, useContext } from 'react';

import { type Brand, DEFAULT_BRAND } from './brand/brand';

/** What every page knows of the organisation it is shown in. */
export interface AppContextValue {
  brand: Brand;
  /** `partner`: everything with details; `customer`: its own network, high-level. */
  view: 'partner' | 'customer';
  /** The mimamori data source of this organisation; undefined when there is none. */
  dataSourceUid: string | undefined;
}

export const AppContext = createContext<AppContextValue>({ brand: DEFAULT_BRAND, view: 'partner', dataSourceUid: undefined });

/** The organisation's brand, view and data source. */
export function useApp(): AppContextValue {
  return useContext(AppContext);
}
