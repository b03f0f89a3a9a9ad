import 'systemjs/dist/system';
import 'systemjs/dist/extras/amd';

import { shared } from './shared';

interface SystemJS {
  import<Module>(id: string): Promise<Module>;
  set(id: string, module: object): void;
  addImportMap(map: { imports: Record<string, string> }): void;
}

const loader = (window as unknown as { System: SystemJS }).System;

/** Makes the shared modules known to the loader of plugins. */
export function shareModules(): void {
  const imports: Record<string, string> = {};
  for (const [name, module] of Object.entries(shared)) {
    imports[name] = `package:${name}`;
    loader.set(`package:${name}`, module);
  }
  loader.addImportMap({ imports });
}

const loaded = new Map<string, Promise<unknown>>();

/** Loads the module of a plugin, once: an AMD module, by a script as Grafana does for its own host. */
export function importPlugin<Plugin>(module: string): Promise<Plugin> {
  let plugin = loaded.get(module);
  if (!plugin) {
    plugin = loader.import<{ plugin: Plugin }>(new URL(module, document.baseURI).href).then((exported) => exported.plugin);
    loaded.set(module, plugin);
  }
  return plugin as Promise<Plugin>;
}
