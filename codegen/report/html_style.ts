/** The style of the HTML report: light and dark, no fonts or images to load. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #16191d; --soft: #5b6470; --line: #e2e5ea; --bar: #dbe8f8;
  --code: #2a6fc9; --weights: #1c9c72; --tables: #d98f00; --metadata: #98a1ad;
  --activation: #2a6fc9; --port: #1c9c72; --scratch: #d98f00; --state: #8250c4; --mark: #c2332f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --card: #1b1e23; --ink: #e8eaed; --soft: #9aa3af; --line: #2f343c; --bar: #26384f;
    --code: #5b9bf0; --weights: #3cc093; --tables: #e9ab3a; --metadata: #6d7682;
    --activation: #5b9bf0; --port: #3cc093; --scratch: #e9ab3a; --state: #b48af0; --mark: #ff7b72;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1240px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 0 0 12px; font-size: 16px; }
.subtitle { margin: 4px 0 24px; color: var(--soft); overflow-wrap: anywhere; }
.note { margin: 12px 0 0; color: var(--soft); font-size: 13px; max-width: 90ch; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px; margin: 16px 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 16px; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; }
.figure b { display: block; font-size: 24px; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figure span { color: var(--soft); font-size: 13px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 16px; margin: 16px 0; }
.pair section { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; font-size: 12px; text-align: left; vertical-align: bottom; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); }
td { vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
td, th { white-space: nowrap; }
td small, th small { display: block; color: var(--soft); font-size: 11.5px; font-weight: 400; }
#layers table { font-size: 13px; }
#layers th, #layers td { padding-left: 7px; padding-right: 7px; }
#code td.text { white-space: normal; overflow-wrap: anywhere; }
.number, .share { text-align: right; }
tfoot td { font-weight: 650; border-bottom: 0; }
td.share { min-width: 56px; }
#layers td.share { min-width: 46px; }
td.share span {
  display: block; padding: 0 4px; border-radius: 3px;
  background: linear-gradient(to left, var(--bar) var(--part), transparent var(--part));
}
tfoot td.share span { background: none; }
.stack { display: flex; gap: 2px; height: 22px; margin: 4px 0 14px; }
.stack i { display: block; min-width: 2px; border-radius: 3px; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 8px; padding: 0; list-style: none; color: var(--soft); font-size: 13px; }
.key i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
.key i.dash { height: 0; width: 16px; border-top: 2px dashed var(--mark); border-radius: 0; vertical-align: middle; }
.key i.step { height: 0; width: 16px; border-top: 2px solid var(--ink); border-radius: 0; vertical-align: middle; }
svg { display: block; width: 100%; min-width: 640px; height: auto; }
svg text { fill: var(--soft); font-size: 11px; font-family: inherit; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); }
svg .block { fill-opacity: 0.35; stroke-width: 1; }
svg .block:hover { fill-opacity: 0.6; }
svg .activation { fill: var(--activation); stroke: var(--activation); }
svg .port { fill: var(--port); stroke: var(--port); }
svg .state { fill: var(--state); stroke: var(--state); }
svg .scratch { fill: var(--scratch); stroke: var(--scratch); }
svg .bound { stroke: var(--mark); stroke-width: 1.5; stroke-dasharray: 6 4; }
svg .bound-label { fill: var(--mark); font-weight: 600; }
svg .use { fill: none; stroke: var(--ink); stroke-width: 1.5; }
@media print { body { background: none; } section, .figure { break-inside: avoid; } }
`;
