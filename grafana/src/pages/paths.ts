const site = 'customers/:customer/sites/:site';

/** Address of each page below the app's root; `:customer` and the like are Names. */
export const PAGE_PATHS = {
  wall: 'wall',
  customer: 'customers/:customer',
  site,
  device: `${site}/devices/:device`,
  interface: `${site}/devices/:device/interfaces/:interface`,
  path: `${site}/paths/:path`,
  availability: 'availability',
  utilization: 'utilization',
  syslog: 'syslog',
  alarms: 'alarms',
  appliances: 'appliances',
  blindspots: 'blindspots',
} as const;

/** Name of a page. */
export type PageId = keyof typeof PAGE_PATHS;

/** Pages of a customer's own organisation; all others are the partner's. */
export const OWN_PAGES: readonly PageId[] = ['wall', 'customer', 'availability'];
