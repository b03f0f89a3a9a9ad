import { type FigureName } from '../datasource/query';
import { useFigure } from '../figures/useFigure';
import { type Names } from './names';

/** The plain rows of a figure: what a page shows before it has a face of its own. */
export function ComingTable({ figure, names }: { figure: FigureName; names: Names }) {
  const { rows, failure } = useFigure({ figure, ...names });
  const columns = Object.keys(rows[0] ?? {});
  return (
    <div style={{ overflow: 'auto' }}>
      {failure && (
        <p role="alert">
          {failure.what} {failure.remedy}
        </p>
      )}
      <table>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, 200).map((row, i) => (
            <tr key={i}>
              {columns.map((name) => (
                <td key={name}>{row[name] === null ? '-' : String(row[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
