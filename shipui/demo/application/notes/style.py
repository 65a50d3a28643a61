"""How the page looks: one accent colour, light and dark, nothing from elsewhere."""

STYLE = """
:root { color-scheme: light dark; --paper: #f6f5f1; --card: #fff; --ink: #23211d; --faint: #7a766c; --line: #e4e1d8;
  --accent: #2f6f5e; --accent-ink: #fff; --wash: #e3efe9; }
@media (prefers-color-scheme: dark) { :root { --paper: #181a19; --card: #212423; --ink: #e9e7e1; --faint: #969389;
  --line: #343836; --accent: #6fc3a8; --accent-ink: #10201a; --wash: #26372f; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; padding-top: 2.5rem; }
h1 { font: 700 2.1rem/1 Georgia, "Times New Roman", serif; letter-spacing: -.02em; }
.release { display: flex; font-size: .8rem; border: 1px solid var(--line); border-radius: 99px; overflow: hidden; }
.release b { background: var(--accent); color: var(--accent-ink); padding: .15rem .7rem; font-weight: 600; }
.release span { padding: .15rem .8rem .15rem .6rem; font-family: ui-monospace, Menlo, Consolas, monospace; color: var(--faint); }
main { padding-top: 1.75rem; }
form { display: flex; gap: .5rem; margin-bottom: .5rem; }
input { flex: 1; min-width: 0; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; padding: .6rem .9rem; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
button { font: inherit; font-weight: 600; border: 0; border-radius: .6rem; padding: .6rem 1.2rem; cursor: pointer;
  background: var(--accent); color: var(--accent-ink); }
.problem { color: #c0392b; font-size: .9rem; min-height: 1.4em; }
.notes { list-style: none; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: .9rem; overflow: hidden; }
.notes li { display: flex; gap: .9rem; padding: .9rem 1.1rem; }
.notes li + li { border-top: 1px solid var(--line); }
.notes li > div { flex: 1; min-width: 0; }
.face { flex: none; display: grid; place-items: center; width: 2.3rem; height: 2.3rem; border-radius: 50%; font: 600 .8rem/1 system-ui;
  background: hsl(var(--hue) 42% 84%); color: hsl(var(--hue) 50% 24%); }
.meta { font-size: .85rem; } .meta time { color: var(--faint); margin-left: .6rem; }
.text { overflow-wrap: anywhere; }
.tags span { font-size: .78rem; color: var(--accent); background: var(--wash); border-radius: 99px; padding: .1rem .55rem; margin-right: .35rem; }
.reference { font: .75rem ui-monospace, Menlo, Consolas, monospace; color: var(--faint); white-space: nowrap; padding-top: .2rem; }
footer { color: var(--faint); font-size: .82rem; padding: 1.5rem 1.25rem 3rem; text-align: center; }
"""
