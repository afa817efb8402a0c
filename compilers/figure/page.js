"use strict";
(() => {
  const $ = (s, at = document) => [...at.querySelectorAll(s)];
  const stage = $("#stage")[0], tip = $("#tip")[0], views = $("section");
  let zoom = 1, x = 0, y = 0, shown = 0;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const large = views.map(v => {
    const canvas = $("canvas", v)[0];
    if (!canvas) return null;
    const data = JSON.parse($("script", v)[0].textContent);
    data.paths.forEach(p => { p[4] = new Path2D(p[4]); });
    return { canvas, data };
  });
  const paint = ({ canvas, data }) => {
    const k = devicePixelRatio, w = stage.clientWidth, h = stage.clientHeight, pen = canvas.getContext("2d");
    canvas.width = w * k; canvas.height = h * k; canvas.style.width = w + "px"; canvas.style.height = h + "px";
    const colours = dark.matches ? data.dark : data.light;
    pen.setTransform(zoom * k, 0, 0, zoom * k, x * k, y * k);
    pen.fillStyle = data.paper[+dark.matches]; pen.fillRect(0, 0, data.width, data.height);
    for (const [fill, stroke, width, dash, path] of data.paths) {
      if (fill >= 0) { pen.fillStyle = colours[fill]; pen.fill(path); }
      if (stroke < 0) continue;
      pen.strokeStyle = colours[stroke]; pen.lineWidth = width; pen.setLineDash(dash); pen.stroke(path);
    }
    const seen = [-x / zoom - 300, -y / zoom - 30, (w - x) / zoom + 30, (h - y) / zoom + 30];
    for (const [tx, ty, size, face, ink, text] of data.words) {
      if (size * zoom < 2 || tx < seen[0] || ty < seen[1] || tx > seen[2] || ty > seen[3]) continue;
      pen.fillStyle = colours[ink]; pen.font = `${face} ${size}px "DejaVu Sans", Verdana, sans-serif`;
      pen.fillText(text, tx, ty);
    }
  };
  let waiting = false;
  const place = () => {
    if (!large[shown]) { views[shown].style.transform = `translate(${x}px,${y}px) scale(${zoom})`; return; }
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; if (large[shown]) paint(large[shown]); });
  };
  const told = e => {
    if (!large[shown]) {
      const hit = e.target.closest("[data-box],[data-wire]"), found = hit && $("title", hit)[0];
      return found && found.textContent;
    }
    const box = stage.getBoundingClientRect();
    const px = (e.clientX - box.left - x) / zoom, py = (e.clientY - box.top - y) / zoom;
    const hit = large[shown].data.tips.findLast(t => t[0] <= px && px <= t[2] && t[1] <= py && py <= t[3]);
    return hit && hit[4];
  };
  const show = k => {
    shown = k;
    views.forEach((v, i) => { v.hidden = i !== k; });
    $("button[data-view]").forEach((b, i) => b.setAttribute("aria-pressed", i === k));
    place();
  };
  const scale = (by, cx = 0, cy = 0) => {
    const next = Math.min(16, Math.max(0.01, zoom * by));
    x = cx - (cx - x) * next / zoom; y = cy - (cy - y) * next / zoom; zoom = next; place();
  };
  const fit = () => {
    const svg = $("svg", views[shown])[0], big = large[shown] && large[shown].data;
    const w = big ? big.width : svg.width.baseVal.value, h = big ? big.height : svg.height.baseVal.value;
    zoom = Math.min(2, stage.clientWidth / w, stage.clientHeight / h);
    x = (stage.clientWidth - w * zoom) / 2; y = Math.max(0, (stage.clientHeight - h * zoom) / 2); place();
  };
  const fold = (svg, path) => {
    $("[data-open]", svg).find(g => g.dataset.id === path).classList.toggle("folded");
    const closed = $("[data-open].folded", svg).map(g => g.dataset.id + "/");
    $("[data-id],[data-wire],[data-of]", svg).forEach(e => {
      const at = e.dataset.id || e.dataset.wire || e.dataset.of;
      e.style.display = closed.some(p => at.startsWith(p)) ? "none" : "";
    });
  };
  stage.addEventListener("wheel", e => {
    e.preventDefault();
    const box = stage.getBoundingClientRect();
    scale(Math.exp(-e.deltaY / 400), e.clientX - box.left, e.clientY - box.top);
  }, { passive: false });
  let drag = null, moved = false;
  stage.addEventListener("pointerdown", e => { drag = [e.clientX - x, e.clientY - y]; moved = false; });
  stage.addEventListener("pointermove", e => {
    if (drag) {
      const nx = e.clientX - drag[0], ny = e.clientY - drag[1];
      moved = moved || Math.hypot(nx - x, ny - y) > 4; x = nx; y = ny; place();
    }
    const text = told(e);
    tip.hidden = !text;
    if (text) {
      tip.textContent = text;
      tip.style.left = e.clientX + 14 + "px"; tip.style.top = e.clientY + 14 + "px";
    }
  });
  addEventListener("pointerup", () => { drag = null; });
  stage.addEventListener("click", e => {
    const group = e.target.closest("[data-open]");
    if (group && !moved) fold(group.ownerSVGElement, group.dataset.id);
  });
  $("button[data-view]").forEach((b, k) => b.addEventListener("click", () => { show(k); fit(); }));
  $("#in")[0].addEventListener("click", () => scale(1.25, stage.clientWidth / 2, stage.clientHeight / 2));
  $("#out")[0].addEventListener("click", () => scale(0.8, stage.clientWidth / 2, stage.clientHeight / 2));
  $("#fit")[0].addEventListener("click", fit);
  addEventListener("resize", place);
  dark.addEventListener("change", place);
  const slider = $("#step")[0];
  if (slider) slider.addEventListener("input", () => { show(+slider.value); });
  show(views.length > 1 && !slider ? +stage.dataset.first : 0); fit();
})();
