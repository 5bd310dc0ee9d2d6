// Runs one benchmark file and prints its figures: `node scripts/run-bench.mjs <file>`, by `npm run bench`.
const { bench } = await import(process.argv[2])
const figures = await bench()
const rows = Array.isArray(figures) ? figures.map((f) => [f.name, f.value, f.unit]) : Object.entries(figures)
for (const [name, value, unit = ''] of rows) {
  const shown = typeof value === 'number' ? Number(value.toPrecision(4)).toLocaleString('en') : value
  console.log(String(name).padEnd(60), shown, unit)
}
process.exit(0)
