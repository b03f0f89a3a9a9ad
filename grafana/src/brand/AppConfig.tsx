import { css } from '@emotion/css';
import type { AppPluginMeta, GrafanaTheme2, PluginConfigPageProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { DataSourcePicker, getBackendSrv } from '@grafana/runtime';
import { Button, ColorPicker, Field, FieldSet, Input, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { lastValueFrom } from 'rxjs';

import { APP_ID, DATASOURCE_ID } from '../ids';
import { FailureNotice, Notice } from '../view/Notice';
import { type Failure, failureOf } from '../figures/failure';
import { type AppSettings, type Brand, DEFAULT_BRAND, isAddress, isColour, isImage, readBrand } from './brand';
import { BrandPreview } from './BrandPreview';
import { accentAdvice } from './advice';
import { LogoField } from './LogoField';

const WIDTH = 60;

/** The app's configuration page: brand with a live preview, view, and data source of this organisation. */
export default function AppConfig({ plugin }: PluginConfigPageProps<AppPluginMeta<AppSettings>>) {
  const styles = useStyles2(getStyles);
  const { meta } = plugin;
  const [brand, setBrand] = useState<Brand>(() => readBrand(meta.jsonData));
  const [view, setView] = useState(meta.jsonData?.view ?? 'partner');
  const [dataSourceUid, setDataSourceUid] = useState(meta.jsonData?.dataSourceUid);
  const [failure, setFailure] = useState<Failure>();
  const [saving, setSaving] = useState(false);
  const set = (change: Partial<Brand>) => setBrand({ ...brand, ...change });
  const wrong = mistakes(brand);

  const save = async () => {
    setSaving(true);
    setFailure(undefined);
    try {
      const settings: AppSettings = { ...meta.jsonData, brand, view, dataSourceUid };
      await lastValueFrom(
        getBackendSrv().fetch({ url: `/api/plugins/${APP_ID}/settings`, method: 'POST', data: { enabled: meta.enabled ?? true, pinned: meta.pinned ?? true, jsonData: settings } })
      );
      // Grafana reads an app's settings when a page is loaded.
      window.location.reload();
    } catch (error) {
      setFailure(failureOf(error as Error));
      setSaving(false);
    }
  };

  return (
    <div className={styles.page}>
      <div className={styles.form}>
        <FieldSet label={t('brand.title', 'Brand')}>
          <Field label={t('brand.name', 'Name')}>
            <Input id="brand-name" width={WIDTH} value={brand.name} maxLength={80} onChange={(event) => set({ name: event.currentTarget.value })} />
          </Field>
          <LogoField logo={brand.logo} onChange={(logo) => set({ logo })} error={wrong.logo} />
          <AccentField id="brand-accent-light" label={t('brand.accent-light', 'Accent on light ground')} value={brand.accentLight} mode="light" onChange={(accentLight) => set({ accentLight })} />
          <AccentField id="brand-accent-dark" label={t('brand.accent-dark', 'Accent on dark ground')} value={brand.accentDark} mode="dark" onChange={(accentDark) => set({ accentDark })} />
          <Field label={t('brand.footer', 'Footer')}>
            <Input id="brand-footer" width={WIDTH} value={brand.footer} maxLength={200} onChange={(event) => set({ footer: event.currentTarget.value })} />
          </Field>
          <Field label={t('brand.support-url', 'Address of support')} description={t('brand.support-hint', 'https://... or mailto:...')} invalid={Boolean(wrong.supportUrl)} error={wrong.supportUrl}>
            <Input id="brand-support" width={WIDTH} value={brand.supportUrl} onChange={(event) => set({ supportUrl: event.currentTarget.value.trim() })} />
          </Field>
        </FieldSet>
        <FieldSet label={t('brand.organisation', 'This organisation')}>
          <Field label={t('brand.view', 'View')} description={t('brand.view-hint', "What it may see is decided by the data source's scope token, not here.")}>
            <RadioButtonGroup
              value={view}
              onChange={setView}
              options={[
                { value: 'partner' as const, label: t('brand.partner', 'Partner: all customers, all details') },
                { value: 'customer' as const, label: t('brand.customer', 'Customer: its own network, high-level') },
              ]}
            />
          </Field>
          <Field label={t('brand.source', 'Data source')}>
            <DataSourcePicker pluginId={DATASOURCE_ID} current={dataSourceUid ?? null} noDefault onChange={(source) => setDataSourceUid(source.uid)} />
          </Field>
        </FieldSet>
        {failure && <FailureNotice failure={failure} />}
        <div className={styles.buttons}>
          <Button onClick={save} disabled={saving || Object.keys(wrong).length > 0}>
            {t('brand.save', 'Save')}
          </Button>
          <Button variant="secondary" onClick={() => setBrand(DEFAULT_BRAND)}>
            {t('brand.default', 'Back to the neutral brand')}
          </Button>
        </div>
      </div>
      <div className={styles.previews}>
        <BrandPreview brand={brand} mode="dark" />
        <BrandPreview brand={brand} mode="light" />
      </div>
    </div>
  );
}

function AccentField({ id, label, value, mode, onChange }: { id: string; label: string; value: string; mode: 'light' | 'dark'; onChange: (value: string) => void }) {
  const styles = useStyles2(getStyles);
  const advice = isColour(value) ? accentAdvice(value, mode) : undefined;
  return (
    <Field label={label} htmlFor={id} invalid={!isColour(value)} error={t('brand.colour', 'Write a colour as #rrggbb.')}>
      <div className={styles.accent}>
        <ColorPicker color={value} enableNamedColors={false} onChange={(colour) => onChange(hex(colour))} />
        <Input id={id} width={14} value={value} onChange={(event) => onChange(event.currentTarget.value.trim())} />
        {advice && <Notice kind="warning">{advice}</Notice>}
      </div>
    </Field>
  );
}

/** The picker gives rgb() where there is an alpha; the brand has none. */
function hex(colour: string): string {
  const found = colour.match(/\d+(\.\d+)?/g);
  return isColour(colour) || !colour.startsWith('rgb') || !found
    ? colour.slice(0, 7)
    : '#' + found.slice(0, 3).map((channel) => Number(channel).toString(16).padStart(2, '0')).join('');
}

function mistakes(brand: Brand): { logo?: string; supportUrl?: string; colour?: string } {
  return {
    ...(brand.logo && !isImage(brand.logo) ? { logo: t('brand.logo-wrong', 'Choose an image file, or write an https:// address.') } : {}),
    ...(brand.supportUrl && !isAddress(brand.supportUrl) ? { supportUrl: t('brand.support-wrong', 'Write an address that begins with https:// or mailto:.') } : {}),
    ...(isColour(brand.accentLight) && isColour(brand.accentDark) ? {} : { colour: t('brand.colour', 'Write a colour as #rrggbb.') }),
  };
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(4), alignItems: 'flex-start' }),
  form: css({
    flex: '1 1 480px',
    minWidth: 0,
    maxWidth: '100%',
    '[data-testid="input-wrapper"]': { maxWidth: '100%' },
    '[role="radiogroup"]': { flexWrap: 'wrap', maxWidth: '100%' },
  }),
  previews: css({ flex: '1 1 380px', display: 'flex', flexDirection: 'column', gap: theme.spacing(2), minWidth: 0 }),
  accent: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), flexWrap: 'wrap' }),
  buttons: css({ display: 'flex', gap: theme.spacing(1), marginTop: theme.spacing(2) }),
});
