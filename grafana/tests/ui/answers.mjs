// Answers of the data source made otherwise on their way to a page: more rows than a test's
// store has, or a store that hears of nothing new.

/** Lets change(query, frame) alter every frame that a page is answered with, until what is returned is called. */
export async function alter(page, change) {
  const pattern = '**/api/ds/query*';
  const handler = async (route) => {
    const { queries } = route.request().postDataJSON();
    try {
      const response = await route.fetch();
      const body = await response.json();
      for (const query of queries) {
        body.results?.[query.refId]?.frames?.forEach((frame) => change(query, frame));
      }
      await route.fulfill({ response, json: body });
    } catch {
      await route.abort().catch(() => {}); // the page has gone on meanwhile
    }
  };
  await page.route(pattern, handler);
  return () => page.unroute(pattern, handler);
}

/** Gives a frame so many rows, or so many times its own: these again and again, each time under other names in the column that names them. */
export function multiply(frame, { rows, times }, names) {
  const [first = []] = frame.data.values;
  const own = first.length;
  if (own === 0) {
    return;
  }
  const length = rows ?? own * times;
  frame.data.values = frame.data.values.map((column, i) => {
    const named = frame.schema.fields[i].name === names;
    return Array.from({ length }, (_, at) => (named && at >= own ? `${column[at % own]} no. ${Math.floor(at / own) + 1}` : column[at % own]));
  });
  delete frame.data.nanos;
}

/** What a frame says of itself beside its rows. */
export function notesOf(frame) {
  frame.schema.meta ??= {};
  frame.schema.meta.custom ??= {};
  return frame.schema.meta.custom;
}
