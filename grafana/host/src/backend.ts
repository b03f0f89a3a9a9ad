import type { BackendSrv, BackendSrvRequest, FetchError, FetchResponse } from '@grafana/runtime';
import { firstValueFrom, Observable } from 'rxjs';

/** Asks the server as Grafana's page asks Grafana's: in an organisation, and cancelled when nobody waits any more. */
export class Backend implements BackendSrv {
  constructor(private readonly orgId: number) {}

  fetch<T>(options: BackendSrvRequest): Observable<FetchResponse<T>> {
    return new Observable((subscriber) => {
      const abort = new AbortController();
      options.abortSignal?.addEventListener('abort', () => abort.abort());
      this.ask<T>(options, abort.signal).then(
        (response) => {
          subscriber.next(response);
          subscriber.complete();
        },
        (error) => subscriber.error(abort.signal.aborted ? { ...cancelled, config: options } : error)
      );
      return () => abort.abort();
    });
  }

  private async ask<T>(options: BackendSrvRequest, signal: AbortSignal): Promise<FetchResponse<T>> {
    const method = options.method ?? 'GET';
    const address = new URL(options.url.replace(/^\/?/, '/'), window.location.origin);
    for (const [name, value] of Object.entries(options.params ?? {})) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined && each !== null) {
          address.searchParams.append(name, String(each));
        }
      }
    }
    const headers: Record<string, string> = { Accept: 'application/json, text/plain, */*', ...options.headers, 'X-Grafana-Org-Id': String(this.orgId) };
    if (options.data !== undefined) {
      headers['Content-Type'] ??= 'application/json';
    }
    const body = options.data === undefined ? undefined : typeof options.data === 'string' ? options.data : JSON.stringify(options.data);
    const response = await fetch(address, { method, headers, body, signal });
    const { status, statusText, ok, redirected, type, url } = response;
    const result = { status, statusText, ok, redirected, type, url, headers: response.headers, config: options, data: (await read(response, options.responseType)) as T };
    if (!ok) {
      const error: FetchError = { status, statusText, data: result.data ?? { message: statusText }, config: options };
      throw error;
    }
    return result;
  }

  chunked(): Observable<FetchResponse<Uint8Array | undefined>> {
    throw new Error('the preview answers nothing in chunks');
  }

  request<T>(options: BackendSrvRequest): Promise<T> {
    return firstValueFrom(this.fetch<T>(options)).then((response) => response.data);
  }

  datasourceRequest<T>(options: BackendSrvRequest): Promise<FetchResponse<T>> {
    return firstValueFrom(this.fetch<T>(options));
  }

  get<T>(url: string, params?: BackendSrvRequest['params'], requestId?: string, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'GET', url, params, requestId });
  }

  delete<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'DELETE', url, data });
  }

  post<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'POST', url, data });
  }

  patch<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'PATCH', url, data });
  }

  put<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'PUT', url, data });
  }
}

const cancelled = { type: 'cancelled', cancelled: true, status: -1, statusText: 'Request was aborted', data: null };

async function read(response: Response, type: BackendSrvRequest['responseType']): Promise<unknown> {
  switch (type) {
    case 'arraybuffer':
      return response.arrayBuffer();
    case 'blob':
      return response.blob();
    case 'text':
      return response.text();
  }
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
