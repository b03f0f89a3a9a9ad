import { t } from '@grafana/i18n';
import { Button, Field, FileUpload, Input } from '@grafana/ui';
import { useState } from 'react';

import { isImage } from './brand';

/** Greatest file that is kept within the settings, in bytes: they come along with every page. */
const MOST_BYTES = 100 * 1024;

/** A logo from a file, which is kept with the settings, or from an https: address. */
export function LogoField({ logo, onChange, error }: { logo: string; onChange: (logo: string) => void; error?: string }) {
  const [refused, setRefused] = useState('');
  const read = (file: File | undefined) => {
    if (!file) {
      return;
    }
    if (file.size > MOST_BYTES) {
      setRefused(t('brand.logo-size', 'The file has {{kib}} KiB: use one of 100 KiB at most.', { kib: Math.ceil(file.size / 1024) }));
      return;
    }
    const reader = new FileReader();
    reader.onload = () => {
      const found = String(reader.result);
      if (isImage(found)) {
        setRefused('');
        onChange(found);
      } else {
        setRefused(t('brand.logo-kind', 'The file is no PNG, JPEG, GIF, WebP or SVG image.'));
      }
    };
    reader.readAsDataURL(file);
  };
  const problem = refused || error;
  return (
    <Field label={t('brand.logo', 'Logo')} description={t('brand.logo-hint', 'A wide or square image of 64 pixels height or more, or its https:// address.')} invalid={Boolean(problem)} error={problem}>
      <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap' }}>
        <Input id="brand-logo" width={40} value={logo.startsWith('data:') ? t('brand.logo-file', '(from a file)') : logo} readOnly={logo.startsWith('data:')} placeholder="https://" onChange={(event) => onChange(event.currentTarget.value.trim())} />
        <FileUpload accept="image/png,image/jpeg,image/gif,image/webp,image/svg+xml" showFileName={false} onFileUpload={(event) => read(event.currentTarget.files?.[0])}>
          {t('brand.logo-choose', 'Choose a file')}
        </FileUpload>
        {logo && (
          <Button variant="secondary" onClick={() => onChange('')}>
            {t('brand.logo-remove', 'Remove')}
          </Button>
        )}
      </div>
    </Field>
  );
}
