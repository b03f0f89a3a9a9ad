/** What a page is about: the names in its address, each exactly as the inventory has it. */
export interface Names {
  customer?: string;
  site?: string;
  device?: string;
  interface?: string;
  path?: string;
}

export type NameParameter = keyof Names;

/**
 * A name as one segment of an address. Slashes, percent signs and the like are written with a
 * tilde, because servers, proxies and routers each decode percent escapes in their own way.
 */
export function segment(name: string): string {
  if (name === '') {
    return '~';
  }
  const safe = name.replace(/[\u0000-\u0020~%/\\?#:;*+.&=]/g, (char) => '~' + char.charCodeAt(0).toString(16).padStart(2, '0'));
  return encodeURIComponent(safe.replace(/\p{Surrogate}/gu, '\ufffd'));
}

/** The name of a segment that the router has decoded. */
export function nameOf(part: string): string {
  if (part === '~') {
    return '';
  }
  return part.replace(/~([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
