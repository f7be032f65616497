"""The style sheet of a report that stands alone: the colours of the pages, by day, by night and on paper."""

STYLE = """
:root{color-scheme:light dark;--ground:light-dark(#eceff0,#0b100f);--surface:light-dark(#fbfcfc,#141b19);
--rule:light-dark(#cfd6d6,#2b3734);--rule-strong:light-dark(#7d8b89,#6d7e79);--ink:light-dark(#101c1b,#e8eeec);
--ink-2:light-dark(#42514f,#aebbb7);--act:light-dark(#0b5f55,#7fd8c4);--act-ink:light-dark(#ffffff,#06211d);
--act-soft:light-dark(#d8ece7,#17332e);--focus:light-dark(#0047c2,#ffd24d);--alarm:light-dark(#b01c1c,#ff9188);
--alarm-fill:light-dark(#b01c1c,#d13a33);--warn-fill:light-dark(#e39a1f,#d9952a);--warn-soft:light-dark(#fbeed6,#30230f);
--fine:light-dark(#2c5f2e,#9ccf97);--c2:light-dark(#a3480f,#f0a36b);--null:light-dark(#9aa6a4,#5c6b67);
--font:"Pretendard Variable",Pretendard,"Noto Sans KR","Noto Sans CJK KR","Apple SD Gothic Neo","Malgun Gothic",system-ui,sans-serif}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:400 1rem/1.6 var(--font);word-break:keep-all;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;justify-content:space-between;padding:.5rem max(1rem,calc(50vw - 34rem));background:#0d2b28;color:#eaf5f2}
header p{margin:0;font-weight:700}
fieldset{display:flex;gap:.25rem;margin:0;padding:0;border:0}
legend,.hidden-text{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
fieldset input{position:absolute;opacity:0}
label{display:inline-flex;align-items:center;min-height:2.5rem;padding:0 .9rem;border:1px solid #2c4e49;border-radius:4px;cursor:pointer}
input:checked+label{background:#eaf5f2;color:#0d2b28;font-weight:700}
:focus-visible,input:focus-visible+label{outline:3px solid var(--focus);outline-offset:2px}
body:has(#in-en:checked) article[lang=ko],body:has(#in-ko:checked) article[lang=en]{display:none}
article{max-width:70rem;margin:0 auto;padding:1rem 1rem 4rem}
h1{font-size:1.75rem;line-height:1.25;margin:1rem 0}
h2{font-size:1.25rem;margin:0 0 .5rem}
section{padding:1rem 0 1.25rem;border-top:2px solid var(--ink)}
section.fine,section.warn{border:1px solid var(--rule);border-inline-start:5px solid var(--fine);background:var(--surface);padding:1rem 1.25rem;border-radius:4px;margin-bottom:1.5rem}
section.warn{border-inline-start-color:var(--warn-fill);background:var(--warn-soft)}
p{max-width:46rem;margin:0 0 .5rem}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:1rem;align-items:start;margin-top:.75rem}
.scroll{overflow-x:auto;margin-top:.75rem}
table{border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
tbody th{max-width:22rem}
caption{text-align:start;font-weight:700;padding:.25rem 0}
th,td{text-align:start;padding:.3rem 1.25rem .3rem 0;border-bottom:1px solid var(--rule);vertical-align:top;font-weight:400}
thead th{color:var(--ink-2);font-size:.8125rem;font-weight:600}
td.number{white-space:nowrap}
summary{color:var(--act);font-weight:600;min-height:1.5rem;cursor:pointer}
.chart{container:chart/inline-size;margin:0;padding:1rem;background:var(--surface);border:1px solid var(--rule);border-radius:4px}
figcaption{font-size:.875rem;color:var(--ink-2);margin-bottom:.5rem}
figcaption strong{display:block;font-size:1rem;color:var(--ink)}
.chart svg{display:block;width:100%;max-width:40rem;height:auto;overflow:visible}
.chart text{font:500 13px var(--font);fill:var(--ink-2);font-variant-numeric:tabular-nums}
.chart .strong,.chart .name{font-weight:700;fill:var(--ink)}
.chart .axis{stroke:var(--rule-strong);fill:none}
.chart .grid{stroke:var(--rule);fill:none}
.chart .bar{fill:var(--act)}.chart .bar.null{fill:var(--null)}.chart .bar.over{fill:var(--alarm-fill)}
.chart .whisker{stroke:var(--ink);stroke-width:2;fill:none}
.chart .dot{fill:var(--act);fill-opacity:.4}.chart .dot.full{fill-opacity:1}.chart .dot.truth{fill:var(--ink);fill-opacity:.75}
.chart .trace{stroke:var(--act);stroke-width:2;fill:none;stroke-linejoin:round}
.chart .second{stroke:var(--c2);stroke-width:1.6;stroke-dasharray:5 3;fill:none}
.chart .usual{fill:var(--act-soft)}
.chart .cross{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:6 4;fill:none}
.chart .limit{stroke:var(--alarm);stroke-width:2;stroke-dasharray:7 4;fill:none}
.chart .flag{fill:var(--alarm);font-weight:700}
.chart .cell{fill:var(--alarm-fill);stroke:var(--surface);stroke-width:2}.chart .cell.right{fill:var(--act)}
.chart .cell-text{fill:var(--ink);font-weight:700;text-anchor:middle}
.chart .cell-text.on-dark{fill:#fff}.chart .right+.cell-text.on-dark{fill:var(--act-ink)}
.chart details{margin-top:.5rem;font-size:.875rem}
.chart details>div{max-height:18rem;overflow:auto}
@container chart (max-width:27rem){.chart text{font-size:15.5px}}
@container chart (max-width:21rem){.chart text{font-size:19px}}
@media print{header,details{display:none}:root{color-scheme:light}body{background:none}section,figure{break-inside:avoid}}
"""
