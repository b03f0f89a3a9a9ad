import type { DataSourceJsonData } from '@grafana/data';

/** Settings of the data source that are no secret. */
export interface MimamoriSettings extends DataSourceJsonData {
  /** "host:9000" for the native protocol, "http://host:8123" or "https://host:8443" for HTTP. */
  address?: string;
  database?: string;
  username?: string;
  /** Encrypts the native protocol; https:// does it by itself. */
  tls?: boolean;
  tlsSkipVerify?: boolean;
  /** PEM of the authority that signed the server's certificate. */
  tlsCACert?: string;
}

/** Settings that never come back to the browser. */
export interface MimamoriSecrets {
  password?: string;
  scopeToken?: string;
}
