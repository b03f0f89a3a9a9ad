import type { DataSourceJsonData } from '@grafana/data';

/** Settings of the data source that are no secret. */
export interface MimamoriSettings extends DataSourceJsonData {
  /** "host:9000" for the native protocol, "http://host:8123" or "https://host:8443" for HTTP. */
  address?: string;
  database?: string;
  username?: string;
  /** Where alarms are raised: "http://host:9464" or "https://host". */
  alarms?: string;
  /** Encrypts the native protocol; https:// does it by itself. */
  tls?: boolean;
  /** Name in the server's certificate, if it is not the address's host. */
  tlsServerName?: string;
}

/** Settings that never come back to the browser. Certificates and key are PEM. */
export interface MimamoriSecrets {
  password?: string;
  scopeToken?: string;
  /** Roots of the server's certificate; without it those of the machine Grafana runs on. */
  tlsCACert?: string;
  tlsClientCert?: string;
  tlsClientKey?: string;
}
