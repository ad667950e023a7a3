import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  Tooltip,
} from 'chart.js';
import type { Series } from './series.ts';

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, Tooltip);

interface Input {
  categories: string[];
  series: Series[];
}

/** Draws stacked bars with the colours and the type of the page. */
export function drawStackedBars(canvas: HTMLCanvasElement, { categories, series }: Input): Chart {
  const style = getComputedStyle(canvas);
  const colourOf = (property: string): string => resolved(canvas, property);
  Chart.defaults.font.family = style.fontFamily;
  Chart.defaults.color = colourOf('--ink-soft');
  const grid = { color: colourOf('--line') };
  return new Chart(canvas, {
    type: 'bar',
    data: {
      labels: categories,
      datasets: series.map((one) => ({
        label: one.label,
        data: one.values,
        backgroundColor: colourOf(one.colour),
        borderColor: colourOf('--surface'),
        borderWidth: 1,
        maxBarThickness: 48,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      scales: {
        x: { stacked: true, grid: { display: false } },
        y: { stacked: true, beginAtZero: true, ticks: { precision: 0 }, grid },
      },
      plugins: { legend: { position: 'bottom' } },
    },
  });
}

// A custom property holds light-dark(…); only a real property gives the colour of this theme.
function resolved(canvas: HTMLCanvasElement, property: string): string {
  const before = canvas.style.color;
  canvas.style.color = `var(${property})`;
  const colour = getComputedStyle(canvas).color;
  canvas.style.color = before;
  return colour;
}
