import { locationService } from '@grafana/runtime';
import { useCallback, useMemo } from 'react';
import { useLocation } from 'react-router-dom';

/** What a page is asked for beyond its time: filters, kept in the address so that a picture can be sent to somebody. */
export type Parameters<K extends string> = Record<K, string>;

/** The parameters of an address; one that is absent is the empty text. */
export function readParameters<K extends string>(search: string, keys: readonly K[]): Parameters<K> {
  const present = new URLSearchParams(search);
  return Object.fromEntries(keys.map((key) => [key, present.get(key) ?? ''])) as Parameters<K>;
}

/** Reads these parameters from the address, and changes some; an empty one leaves the address. */
export function useParameters<K extends string>(keys: readonly K[]): [Parameters<K>, (change: Partial<Parameters<K>>) => void] {
  const { search } = useLocation();
  const names = keys.join(' ');
  const values = useMemo(() => readParameters(search, names.split(' ') as K[]), [search, names]);
  const change = useCallback((changed: Partial<Parameters<K>>) => {
    const query = Object.fromEntries(Object.entries<string | undefined>(changed).map(([key, value]) => [key, value || null]));
    locationService.partial(query, true);
  }, []);
  return [values, change];
}
