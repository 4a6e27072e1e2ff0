// For those who use a keyboard or a screen reader: what the theme leaves out.
function reach() {
  document.querySelectorAll(".md-typeset pre > code, .md-typeset .mermaid, .md-typeset__scrollwrap").forEach(box => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  });
  document.querySelectorAll(".md-code__nav").forEach((nav, i) => nav.setAttribute("aria-label", `Code block ${i + 1}`));
}
addEventListener("load", reach);
addEventListener("resize", reach);
new MutationObserver(reach).observe(document.documentElement, { childList: true, subtree: true });
