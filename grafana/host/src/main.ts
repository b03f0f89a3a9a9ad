import { type Boot, readLook } from './boot';
import { appPluginOf, bootDataOf } from './bootData';

const look = readLook();

async function start() {
  const response = await fetch('/api/preview/boot', { headers: { 'X-Grafana-Org-Id': String(look.orgId) } });
  if (!response.ok) {
    throw new Error(((await response.json()) as { message?: string }).message ?? response.statusText);
  }
  const boot = (await response.json()) as Boot;
  // Grafana's packages read this when they are loaded, so nothing of theirs is before.
  (window as unknown as Record<string, unknown>).grafanaBootData = bootDataOf(boot, look);
  const { run } = await import('./run');
  await run(boot, look, appPluginOf(boot));
}

start().catch((error: Error) => {
  console.error(error);
  const text = document.createElement('p');
  text.setAttribute('role', 'alert');
  text.textContent = `The page cannot be shown: ${error.message}`;
  document.getElementById('root')!.replaceChildren(text);
});
