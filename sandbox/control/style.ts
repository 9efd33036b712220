/** The control page's only style. No picture, no font and no script comes with it. */
export const style = `
:root{color-scheme:light dark;--back:#eef1ef;--paper:#fff;--ink:#16231c;--soft:#5c6b63;--line:#d8dfda;--green:#14833f;--on-green:#fff;--red:#b3261e;--amber:#8a5a00;--tint:#f5f8f6}
@media (prefers-color-scheme:dark){:root{--back:#0e1512;--paper:#16201b;--ink:#e3ebe6;--soft:#93a39a;--line:#2b3a32;--green:#4cc47c;--on-green:#06210f;--red:#ff8a80;--amber:#e0b050;--tint:#1b2721}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem;display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr))}
header{grid-column:1/-1;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:baseline}
h1{font-size:1.4rem;margin:0}
h2{font-size:1.05rem;margin:0 0 .75rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;padding:1.1rem 1.25rem;min-width:0}
.wide{grid-column:1/-1}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.87rem}
th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1px solid var(--line);padding:.25rem .75rem .25rem 0;white-space:nowrap}
td{border-bottom:1px solid var(--line);padding:.35rem .75rem .35rem 0;vertical-align:top}
tr:last-child td{border-bottom:0}
td code{white-space:nowrap}
code{font:.92em ui-monospace,monospace;overflow-wrap:anywhere}
pre{background:var(--tint);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .75rem;margin:.4rem 0;overflow-x:auto;font:.85rem/1.5 ui-monospace,monospace}
details pre{white-space:pre-wrap}
form{display:inline}
.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin:.5rem 0}
label{display:grid;grid-template-columns:minmax(0,1fr);max-width:100%;gap:.15rem;font-size:.82rem;color:var(--soft)}
input,select{font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:.4rem;padding:.3rem .5rem;max-width:100%}
input{width:11rem}
input[size]{width:auto}
button{font:inherit;font-weight:600;color:var(--on-green);background:var(--green);border:1px solid var(--green);border-radius:.4rem;padding:.3rem .8rem;cursor:pointer}
button.plain{color:var(--green);background:transparent}
button.danger{color:var(--red);background:transparent;border-color:var(--red)}
button.small{font-size:.8rem;padding:.05rem .5rem}
:is(button,input,select,a,summary):focus-visible{outline:2px solid var(--green);outline-offset:2px}
a{color:var(--green)}
.soft{color:var(--soft)}
.ok{color:var(--green);font-weight:600}
.bad{color:var(--red);font-weight:600}
.odd{color:var(--amber);font-weight:600}
.news{grid-column:1/-1;border-left:.3rem solid var(--green)}
.news.bad{border-left-color:var(--red);color:var(--ink);font-weight:400}
meter{width:6rem;height:.7rem}
.switches{columns:22rem;column-gap:2rem;list-style:none;margin:0;padding:0;font-size:.87rem}
.switches li{display:flex;gap:.6rem;align-items:center;break-inside:avoid;padding:.25rem 0;border-bottom:1px solid var(--line)}
.switches code{flex:1}
`;
