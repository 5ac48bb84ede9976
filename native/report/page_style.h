// How a report looks, light and dark, on a wide screen and on a telephone.
#pragma once

namespace limbus {

inline constexpr const char* kPageStyle = R"(
:root{--back:#fff;--card:#f6f8fa;--text:#1f2328;--soft:#59636e;--line:#d1d9e0;--tint:9,105,218;--bar:#0969da;--gap:#bc4c00}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--card:#151b23;--text:#f0f6fc;--soft:#9198a1;--line:#3d444d;--tint:68,147,248;--bar:#4493f8;--gap:#db6d28}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:24px 20px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 12px;overflow-wrap:anywhere}
h2{font-size:19px;margin:40px 0 10px;padding-bottom:6px;border-bottom:1px solid var(--line)}
h3{font-size:15px;margin:0 0 8px;font-weight:600;overflow-wrap:anywhere}
p{margin:0 0 10px;max-width:75ch}
.note{color:var(--soft)}
dl,dd{margin:0}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;font-size:14px}
.facts dt{color:var(--soft)}
.facts dd{overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(165px,1fr));gap:10px;margin-top:22px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.tile dt{color:var(--soft);font-size:13px}
.tile dd{font-size:23px;font-weight:600;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;max-width:100%}
.tall{max-height:460px;overflow-y:auto;border:1px solid var(--line);border-radius:8px}
.tall thead th{position:sticky;top:0;background:var(--card)}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
.tall table{width:100%}
th,td{padding:5px 12px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600}
thead th{color:var(--soft);font-weight:500}
.n{text-align:right}
.id{width:100%}
.swatch{display:inline-block;width:12px;height:12px;border-radius:3px;border:1px solid var(--line);margin-right:8px;vertical-align:-1px}
.beside{display:flex;flex-wrap:wrap;gap:24px;align-items:flex-start}
.beside>div{flex:1 1 300px;min-width:0}
.beside>.figure{flex:0 1 400px}
.chart{width:100%;max-width:400px}
.chart text{font:12px sans-serif;fill:var(--soft)}
.chart .bar,.chart .share{fill:var(--bar)}
.chart .gap{fill:var(--gap);fill-opacity:.75}
.chart .grid{stroke:var(--line)}
.chart .near{fill:var(--bar);fill-opacity:.14}
.chart circle{fill-opacity:.7}
.below{margin-top:16px}
.chart .ideal{stroke:var(--text);stroke-dasharray:4 4;fill:none}
.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:20px}
.figure{min-width:0;overflow-x:auto}
.curves svg{display:block;width:100%;min-width:500px}
article{margin:0 0 26px}
.score{font-weight:400;color:var(--soft);margin-left:12px;white-space:nowrap}
.pictures{display:grid;grid-template-columns:repeat(4,1fr);gap:10px}
figure{margin:0}
figure img{display:block;width:100%;height:auto;border-radius:4px;background:var(--card)}
figcaption{color:var(--soft);font-size:13px}
@media(max-width:640px){main{padding:16px 12px 48px}.pictures{grid-template-columns:1fr 1fr}.tiles{grid-template-columns:1fr 1fr}.score{display:block;margin:0}th,td{padding:5px 8px}}
@media print{.tall{max-height:none}}
)";

}  // namespace limbus
