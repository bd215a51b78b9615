// The median milliseconds of each benchmark in the benchmark CLI's JSON file, at the largest values of its components, as one JSON object.

import { readFileSync } from 'node:fs';

const size = ({ components }) => components.reduce((sum, [, value]) => sum + value, 0);

const medians = JSON.parse(readFileSync(process.argv[2], 'utf8')).map(({ benchmark, time_results }) => {
  const largest = Math.max(...time_results.map(size));
  const times = time_results
    .filter((result) => size(result) === largest)
    .map(({ extrinsic_time }) => Number(extrinsic_time))
    .sort((a, b) => a - b);
  return [benchmark, Number((times[Math.floor(times.length / 2)] / 1e6).toFixed(3))];
});
console.log(JSON.stringify(Object.fromEntries(medians)));
