// What pages do beyond HTML, where scripts run: local times, charts, and a word when updates stop.
// Pages work without it.
(() => {
  'use strict';
  const STALE_AFTER = 10_000;

  // Times: the zone of the browser, and how long ago on hover.
  const absolute = new Intl.DateTimeFormat(undefined,
      {year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short'});
  const narrow = new Intl.DateTimeFormat(undefined,
      {month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
  const relative = new Intl.RelativeTimeFormat(undefined, {numeric: 'auto'});
  function ago(at) {
    const seconds = (at - Date.now()) / 1000;
    for (const [unit, length] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
      if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
    }
    return relative.format(Math.round(seconds), 'second');
  }
  function localTimes(root) {
    for (const element of root.querySelectorAll('time[datetime]')) {
      const at = new Date(element.dateTime);
      if (element.dateTime && !isNaN(at)) {
        // Narrow in tables and among figures, where the zone is on hover.
        const isNarrow = element.closest('td, .figures, .card.replica') !== null;
        element.textContent = (isNarrow ? narrow : absolute).format(at);
        element.title = isNarrow ? `${ago(at)}, ${absolute.format(at)}` : ago(at);
      }
    }
  }

  // Tables that scroll sideways, as on phones: the keyboard reaches them.
  function reachableTables() {
    for (const table of document.querySelectorAll('.table')) {
      if (table.scrollWidth > table.clientWidth || table.scrollHeight > table.clientHeight) table.tabIndex = 0;
      else table.removeAttribute('tabindex');
    }
  }

  // Charts: <figure class="chart" data-chart="ID">, whose figures stand in an element
  // <data id="ID" value='{"x": [...], "series": [{"label": "...", "unit": "s", "values": [...]}], "time": true}'>,
  // which a live panel may replace.
  const charts = new Map();
  // As times elsewhere: in the browser's zone and language, by 24 hours.
  const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
  const clockWithSeconds = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
  const day = new Intl.DateTimeFormat(undefined, {month: 'short', day: 'numeric'});
  const moment = new Intl.DateTimeFormat(undefined, {month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
  /** Labels of an axis of time, seconds apart; the day stands where it changes. */
  function timeLabels(ticks, apart) {
    let before = '';
    return ticks.map(tick => {
      const at = new Date(tick * 1000);
      const date = day.format(at);
      const hour = (apart < 60 ? clockWithSeconds : clock).format(at);
      const label = apart >= 86_400 ? date : date === before ? hour : `${hour}\n${date}`;
      before = date;
      return label;
    });
  }
  const short = new Intl.NumberFormat(undefined, {notation: 'compact', maximumSignificantDigits: 4});
  const grouped = number => number.toLocaleString('en').replaceAll(',', '\u202f');
  const STROKES = ['--accent', '--merged', '--mixed', '--good', '--bad'];
  function resolved(name) {
    const probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
    probe.style.color = `var(${name})`;
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }
  function draw(figure) {
    const source = document.getElementById(figure.dataset.chart);
    if (!source || typeof uPlot === 'undefined') return;
    const given = JSON.parse(source.getAttribute('value') || '{}');
    if (!given.x) return;
    const data = [given.x, ...given.series.map(one => one.values)];
    const known = charts.get(figure);
    if (known && known.series.length === data.length) {
      known.setData(data);
      return;
    }
    known?.destroy();
    const axis = {stroke: resolved('--dim'), grid: {stroke: resolved('--line'), width: 1}, ticks: {stroke: resolved('--line'), width: 1}};
    charts.set(figure, new uPlot({
      width: Math.max(240, figure.clientWidth - 16), height: 190,
      scales: {x: {time: given.time !== false}},
      axes: [given.time === false ? {...axis, values: (_, ticks) => ticks.map(grouped)} : {...axis, values: (_, ticks, _axis, _space, apart) => timeLabels(ticks, apart)}, {...axis, size: 52, label: given.unit, values: (_, ticks) => ticks.map(tick => tick == null ? '' : Math.abs(tick) < 1e5 ? grouped(tick) : short.format(tick))}],
      series: [given.time === false ? {label: given.label || 'step', value: (_, step) => step == null ? '–' : grouped(step)} : {label: given.label || 'time', value: (_, at) => at == null ? '–' : moment.format(new Date(at * 1000))},
        ...given.series.map((one, i) => ({label: one.label, stroke: resolved(STROKES[i % STROKES.length]), width: 1.5, value: (_, figure) => figure == null ? '–' : figure.toLocaleString('en', {maximumSignificantDigits: 4}).replaceAll(',', '\u202f'), dash: i ? [6, 3 * i] : undefined, spanGaps: false, points: {show: data[0].length < 40}}))],
    }, data, figure));
  }
  const drawAll = () => document.querySelectorAll('figure[data-chart]').forEach(draw);
  addEventListener('resize', () => charts.forEach((chart, figure) =>
    chart.setSize({width: Math.max(240, figure.clientWidth - 16), height: 190})));

  // Live: one stream a page. A word when nothing comes, as after the server's end, and at each panel
  // that the server has not rendered for as long (ticks name those). Another word at the session's end.
  let last = Date.now();
  let late = {};
  let ended = false;
  const stream = document.querySelector('[sse-connect]');
  function watch() {
    const silent = Date.now() - last;
    let longest = silent < STALE_AFTER ? 0 : Math.round(silent / 1000);
    for (const panel of document.querySelectorAll('[sse-swap]')) {
      const seconds = Math.max(longest, late[panel.getAttribute('sse-swap')] || 0);
      if (seconds) panel.dataset.stale = seconds;
      else delete panel.dataset.stale;
    }
    longest = Math.max(longest, ...Object.values(late));
    document.getElementById('stale').hidden = ended || !longest;
    document.getElementById('stale-for').textContent = String(longest);
    document.getElementById('session-ended').hidden = !ended;
  }
  function tick(event) {
    last = Date.now();
    late = event.data ? JSON.parse(event.data) : {};
  }
  function end(event) {
    ended = true;
    event.target.close();
    watch();
  }
  if (stream) {
    document.body.addEventListener('htmx:sseOpen', event => {
      event.detail.source.addEventListener('tick', tick);
      event.detail.source.addEventListener('ended', end);
    });
    document.body.addEventListener('htmx:sseMessage', () => { last = Date.now(); });
    setInterval(watch, 1000);
  }

  // Keyboard focus and scrolled tables outlive the replacement of a live part. The element with the same id
  // gets the focus, or the one of the same kind, address, name or words at the same place.
  const REACHABLE = 'a[href], button, summary, input, select, textarea, [tabindex]';
  const likeness = element => element.id ? `#${element.id}`
    : [element.localName, element.getAttribute('href') ?? element.getAttribute('name') ?? (element.matches('button, summary') ? element.textContent : '')].join(' ');
  const alike = (part, like) => [...part.querySelectorAll(REACHABLE)].filter(element => likeness(element) === like);
  let kept = null;
  function keep(part) {
    const element = document.activeElement;
    const scrolled = [...part.querySelectorAll('.table')].map(table => [table.scrollLeft, table.scrollTop]);
    const isInside = element !== part && part.contains(element);
    const like = isInside ? likeness(element) : '';
    kept = {scrolled, like, place: isInside ? alike(part, like).indexOf(element) : -1};
  }
  function giveBack(part) {
    if (!kept) return;
    const {scrolled, like, place} = kept;
    kept = null;
    part.querySelectorAll('.table').forEach((table, i) => { [table.scrollLeft, table.scrollTop] = scrolled[i] || [0, 0]; });
    if (place < 0 || part.contains(document.activeElement)) return;
    const found = alike(part, like);
    (found[place] || found[0])?.focus({preventScroll: true});
  }

  // Overview: the words "in force" follow the live totals. So does the checked policy, until the user chooses one.
  let hasChosenPolicy = false;
  document.addEventListener('change', event => { hasChosenPolicy ||= event.target.name === 'policy'; });
  function followPolicy() {
    const policy = document.querySelector('[data-policy]')?.dataset.policy;
    if (!policy) return;
    for (const words of document.querySelectorAll('[data-in-force]')) words.hidden = words.dataset.inForce !== policy;
    const choice = document.querySelector(`input[name=policy][value="${CSS.escape(policy)}"]`);
    if (choice && !hasChosenPolicy) choice.checked = true;
  }

  document.body.addEventListener('htmx:sseBeforeMessage', event => keep(event.target));
  document.body.addEventListener('htmx:afterSettle', event => { localTimes(event.target); drawAll(); reachableTables(); });
  document.body.addEventListener('htmx:sseMessage', event => { localTimes(event.target); drawAll(); reachableTables(); giveBack(event.target); followPolicy(); });
  // A change that htmx sends has the session's token, as forms have.
  document.body.addEventListener('htmx:configRequest', event => {
    const token = document.querySelector('input[name=_csrf]');
    if (token) event.detail.headers['X-CSRF-TOKEN'] = token.value;
  });

  // A box in a table's head checks all of its rows.
  document.addEventListener('change', event => {
    const all = event.target.closest('input[data-checks]');
    if (all) document.querySelectorAll(`input[name="${all.dataset.checks}"]`).forEach(box => { box.checked = all.checked; });
  });
  // Something to copy: <button type="button" data-copy="ID" hidden>.
  document.querySelectorAll('button[data-copy]').forEach(button => {
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = 'Copied';
    });
  });

  // The menu is folded on phones, and open where it stands at the left.
  const narrowPage = matchMedia('(max-width: 59.99rem)');
  const foldMenu = () => document.querySelector('details.menu')?.toggleAttribute('open', !narrowPage.matches);
  foldMenu();
  narrowPage.addEventListener('change', foldMenu);
  localTimes(document);
  drawAll();
  reachableTables();
  addEventListener('resize', reachableTables);
  document.addEventListener('toggle', reachableTables, true);
})();
