import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Field, FieldSet, Input, SecretInput, SecretTextArea, Switch } from '@grafana/ui';

import { type MimamoriSecrets, type MimamoriSettings } from './settings';

type Props = DataSourcePluginOptionsEditorProps<MimamoriSettings, MimamoriSecrets>;

const WIDTH = 60;

/** The data source's settings: where the store is, who reads it, and how far the reader may see. */
export default function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonFields } = options;
  const set = (change: Partial<MimamoriSettings>) => onOptionsChange({ ...options, jsonData: { ...jsonData, ...change } });
  const secret = (name: keyof MimamoriSecrets) => ({
    id: name,
    isConfigured: Boolean(secureJsonFields?.[name]),
    onReset: () =>
      onOptionsChange({ ...options, secureJsonFields: { ...secureJsonFields, [name]: false }, secureJsonData: { ...options.secureJsonData, [name]: '' } }),
    onChange: (event: { currentTarget: { value: string } }) =>
      onOptionsChange({ ...options, secureJsonData: { ...options.secureJsonData, [name]: event.currentTarget.value } }),
  });
  const http = /^https?:\/\//i.test(jsonData.address ?? '');
  const encrypted = http ? /^https:/i.test(jsonData.address ?? '') : Boolean(jsonData.tls);
  return (
    <>
      <FieldSet disabled={options.readOnly} label={t('config.store', 'Store')}>
        <Field label={t('config.address', 'Address')} description={t('config.address-hint', 'host:9000 for the native protocol, http://host:8123 or https://host:8443 for HTTP.')}>
          <Input id="address" width={WIDTH} value={jsonData.address ?? ''} placeholder="clickhouse:9000" onChange={(event) => set({ address: event.currentTarget.value.trim() })} />
        </Field>
        <Field label={t('config.database', 'Database')}>
          <Input id="database" width={WIDTH} value={jsonData.database ?? ''} placeholder="mimamori" onChange={(event) => set({ database: event.currentTarget.value.trim() })} />
        </Field>
        <Field label={t('config.user', 'User')} description={t('config.user-hint', 'One that may read and nothing else: mimamori migrate --grants prints what it needs.')}>
          <Input id="username" width={WIDTH} value={jsonData.username ?? ''} placeholder="default" onChange={(event) => set({ username: event.currentTarget.value.trim() })} />
        </Field>
        <Field label={t('config.password', 'Password')}>
          <SecretInput width={WIDTH} {...secret('password')} />
        </Field>
      </FieldSet>
      <FieldSet disabled={options.readOnly} label={t('config.alarms', 'Alarms')}>
        <Field label={t('config.alarms-address', 'Address')} description={t('config.alarms-hint', 'Where mimamori alert or all is reached: http://host:9464 or https://host. Without it the pages show what was raised, and cannot acknowledge or silence.')}>
          <Input id="alarms" width={WIDTH} value={jsonData.alarms ?? ''} placeholder="http://alert:9464" onChange={(event) => set({ alarms: event.currentTarget.value.trim() })} />
        </Field>
      </FieldSet>
      {(encrypted || !http) && (
        <FieldSet disabled={options.readOnly} label={t('config.tls', 'TLS')}>
          {!http && (
            <Field label={t('config.encrypt', 'Encrypt the native protocol')}>
              <Switch id="tls" value={Boolean(jsonData.tls)} onChange={(event) => set({ tls: event.currentTarget.checked })} />
            </Field>
          )}
          {encrypted && (
            <>
              <Field label={t('config.server-name', "Name in the server's certificate")} description={t('config.server-name-hint', "If it is not the address's host.")}>
                <Input id="tlsServerName" width={WIDTH} value={jsonData.tlsServerName ?? ''} onChange={(event) => set({ tlsServerName: event.currentTarget.value.trim() })} />
              </Field>
              <Field label={t('config.ca', 'Certificate of the authority')} description={t('config.ca-hint', 'PEM. Without it, those that the machine of Grafana trusts.')}>
                <SecretTextArea cols={WIDTH} rows={4} {...secret('tlsCACert')} />
              </Field>
              <Field label={t('config.client-certificate', 'Client certificate')} description={t('config.client-hint', 'PEM, for a server that asks for one.')}>
                <SecretTextArea cols={WIDTH} rows={4} {...secret('tlsClientCert')} />
              </Field>
              <Field label={t('config.client-key', 'Client key')}>
                <SecretTextArea cols={WIDTH} rows={4} {...secret('tlsClientKey')} />
              </Field>
            </>
          )}
        </FieldSet>
      )}
      <FieldSet disabled={options.readOnly} label={t('config.scope', 'Scope')}>
        <Field label={t('config.token', 'Scope token')} description={t('config.token-hint', 'Says which customers this organisation sees. The partner signs it: mimamori grafana sync enters it. Without one every question is refused.')}>
          <SecretTextArea cols={WIDTH} rows={3} placeholder="mms1...." {...secret('scopeToken')} />
        </Field>
      </FieldSet>
    </>
  );
}
