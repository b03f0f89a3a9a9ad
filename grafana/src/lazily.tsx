import { LoadingPlaceholder } from '@grafana/ui';
import { type ComponentType, Suspense } from 'react';

import { fetched } from './fetched';

// Fetched too: the small modules that Grafana loads at its start carry no translation library.
const texts = () => import('./translations').then(({ prepareTranslations }) => prepareTranslations());

/**
 * A component that is fetched when first shown, together with the texts in the user's language.
 * It waits behind a boundary of its own, so that nothing around it flickers.
 */
export function lazily<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): ComponentType<Props> {
  const Loaded = fetched<Props>(async () => {
    const [module] = await Promise.all([load(), texts()]);
    return module;
  });
  return function Lazily(props: Props) {
    return (
      <Suspense fallback={<LoadingPlaceholder text="" />}>
        <Loaded {...props} />
      </Suspense>
    );
  };
}
