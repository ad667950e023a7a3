/** Imported first: an older Node would fail later, in a place that says nothing about the cause. */
const major = Number.parseInt(process.versions.node, 10);

if (major < 24) {
  console.error(
    `Node 24 is needed and this is Node ${process.versions.node}: run it through npm (npm test, npm run check), which puts the Node of node_modules first.`,
  );
  process.exit(1);
}
