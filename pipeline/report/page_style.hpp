#pragma once

namespace tarifa
{

/// Style of every page: light, dark and on paper. Series colours are those of Okabe & Ito (2008), which
/// people who confuse colours tell apart; c1..c10 are used by pipeline/report/svg.hpp.
inline constexpr char const* page_style = R"css(
:root{color-scheme:light dark;--page:#fff;--ink:#1b2027;--soft:#545d69;--line:#d5dae0;--band:#f4f6f8;--link:#0a58a8;--grey:#8a919b;
--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#e69f00;--c5:#56b4e9;--c6:#7a5ea8;--c7:#a58bc9;--c8:#cfc0e4;--c9:#c9568c;--c10:#9aa0a8}
@media (prefers-color-scheme:dark){:root{--page:#14181d;--ink:#e6e9ed;--soft:#a6afba;--line:#39424d;--band:#1d232a;--link:#79b8f5;--grey:#7b848f;
--c1:#3f9ad6;--c2:#ee7d2e;--c3:#22b98c;--c4:#edb13a;--c5:#86cbf3;--c6:#8f74be;--c7:#b39cd6;--c8:#d8cbec;--c9:#dd79a8;--c10:#79818b}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 "Segoe UI",system-ui,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1rem;color:var(--soft);font-size:.9rem}
footer{margin-top:3rem;padding-top:1rem;padding-bottom:2rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0 .25rem;font-weight:650}
h2{font-size:1.35rem;margin:2.75rem 0 .5rem;padding-top:.75rem;border-top:2px solid var(--ink)}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem}
p{max-width:48rem;margin:.5rem 0}
.lead{font-size:1.1rem;color:var(--soft)}
a{color:var(--link)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--c4);outline-offset:2px}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(12.5rem,1fr));gap:.75rem;margin:1rem 0}
dl.facts>div{background:var(--band);border-left:4px solid var(--c1);padding:.6rem .9rem}
dl.facts dt{font-size:.85rem;color:var(--soft)}
dl.facts dd{margin:0}
dl.facts dd.figure{font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}
dl.facts small{white-space:nowrap;font-size:.8rem;font-weight:400}
dl.facts dd.note{font-size:.85rem;color:var(--soft)}
figure{margin:1rem 0}
figcaption{font-weight:600;margin-bottom:.25rem}
figcaption span{display:block;font-weight:400;color:var(--soft);font-size:.9rem}
ul.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.35rem 0;padding:0;font-size:.85rem}
ul.legend i{display:inline-block;width:.8em;height:.8em;margin-right:.4em;vertical-align:-.05em}
svg{display:block;width:100%;height:auto}
div.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 2rem}
svg text{fill:var(--soft);font-size:12px}
svg .grid{stroke:var(--line);stroke-width:1}
svg .zero{stroke:var(--ink);stroke-width:1}
svg path.series{fill:none;stroke-width:2.5}
svg.strip{height:14px;margin:.15rem 0}
td>svg.strip{width:11rem;margin-left:auto}
tr.under svg.strip{width:100%;max-width:36rem;margin-left:0}
.c1{fill:var(--c1);stroke:var(--c1);background:var(--c1)}.c2{fill:var(--c2);stroke:var(--c2);background:var(--c2)}
.c3{fill:var(--c3);stroke:var(--c3);background:var(--c3)}.c4{fill:var(--c4);stroke:var(--c4);background:var(--c4)}
.c5{fill:var(--c5);stroke:var(--c5);background:var(--c5)}.c6{fill:var(--c6);stroke:var(--c6);background:var(--c6)}
.c7{fill:var(--c7);stroke:var(--c7);background:var(--c7)}.c8{fill:var(--c8);stroke:var(--c8);background:var(--c8)}
.c9{fill:var(--c9);stroke:var(--c9);background:var(--c9)}.c10{fill:var(--c10);stroke:var(--c10);background:var(--c10)}
rect.c1,rect.c2,rect.c3,rect.c4,rect.c5,rect.c6,rect.c7,rect.c8,rect.c9,rect.c10{stroke:var(--page);stroke-width:.75}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{padding:.28rem .6rem;text-align:right;vertical-align:top}
thead th{border-bottom:2px solid var(--ink);vertical-align:bottom;font-weight:600;font-size:.82rem;line-height:1.3}
th:first-child,td.text,tr.under td{text-align:left}
tbody th{font-weight:400}
table.wide th:first-child{min-width:13rem}
ul.out{margin:.5rem 0;padding-left:1.2rem;max-width:60rem}
tbody tr{border-bottom:1px solid var(--line)}
tbody tr.over{border-bottom:0}
tr.under td{padding-top:0;padding-bottom:.6rem;font-size:.85rem;color:var(--soft)}
tfoot tr{border-top:2px solid var(--ink);font-weight:600}
td{white-space:nowrap}
tr.under td{white-space:normal}
code{font:.92em ui-monospace,Consolas,"DejaVu Sans Mono",monospace;background:var(--band);padding:.1em .35em;overflow-wrap:anywhere;user-select:all}
pre{background:var(--band);padding:1rem;overflow-x:auto;font-size:.82rem;line-height:1.45}
pre code{padding:0}
abbr{text-decoration:none}
.label{display:inline-block;border:1px solid var(--soft);border-radius:.2em;padding:0 .4em;color:var(--ink)}
.note{color:var(--soft);font-size:.9rem}
nav.pages{columns:10rem;margin:.5rem 0}
nav.pages a{display:block}
@page{size:A4;margin:14mm}
@media print{:root{color-scheme:light;--page:#fff;--ink:#000;--soft:#444;--line:#ccc;--band:#f4f4f4;--link:#000;--grey:#777;
--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#e69f00;--c5:#56b4e9;--c6:#7a5ea8;--c7:#a58bc9;--c8:#cfc0e4;--c9:#c9568c;--c10:#9aa0a8}
body{font-size:10pt}header,main,footer{max-width:none;padding:0}h2{break-after:avoid}figure,tr,dl.facts>div{break-inside:avoid}
thead{display:table-header-group}tr.over{break-after:avoid}.scroll{overflow:visible}table{font-size:8.5pt}
rect,ul.legend i,dl.facts>div{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

}  // namespace tarifa
