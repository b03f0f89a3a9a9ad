// What a browser has and jsdom lacks, as far as Grafana's packages ask for it.
window.matchMedia ??= (query) => ({ matches: false, media: query, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} });
globalThis.ResizeObserver ??= class { observe() {} unobserve() {} disconnect() {} };
