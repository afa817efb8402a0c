"use strict";
(() => {
  const $ = (s, at = document) => [...at.querySelectorAll(s)];
  const stage = $("#stage")[0], tip = $("#tip")[0], views = $("section");
  let zoom = 1, x = 0, y = 0, shown = 0;
  const place = () => { views[shown].style.transform = `translate(${x}px,${y}px) scale(${zoom})`; };
  const show = k => {
    shown = k;
    views.forEach((v, i) => { v.hidden = i !== k; });
    $("button[data-view]").forEach((b, i) => b.setAttribute("aria-pressed", i === k));
    place();
  };
  const scale = (by, cx = 0, cy = 0) => {
    const next = Math.min(16, Math.max(0.05, zoom * by));
    x = cx - (cx - x) * next / zoom; y = cy - (cy - y) * next / zoom; zoom = next; place();
  };
  const fit = () => {
    const svg = $("svg", views[shown])[0], w = svg.width.baseVal.value, h = svg.height.baseVal.value;
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
    const hit = e.target.closest("[data-box],[data-wire]"), text = hit && $("title", hit)[0];
    tip.hidden = !text;
    if (text) {
      tip.textContent = text.textContent;
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
  const slider = $("#step")[0];
  if (slider) slider.addEventListener("input", () => { show(+slider.value); });
  show(views.length > 1 && !slider ? +stage.dataset.first : 0); fit();
})();
