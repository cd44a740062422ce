// The playground's answers, streamed. Without it the form answers with a page of whole answers.
(() => {
  'use strict';
  const form = document.getElementById('playground');
  if (!form) return;
  const said = document.getElementById('said');
  const answers = document.getElementById('answers');
  const send = form.querySelector('button[type=submit]');
  const stop = document.getElementById('stop-answers');
  const UNSURE = 0.5;
  let running = null;

  const percent = logprob => Math.round(Math.exp(logprob) * 100) + ' %';
  const shown = text => text.trim() ? text : `'${text.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`;
  const seconds = ms => ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(2) + ' s';

  function history() {
    return JSON.parse(form.elements.history.value || '[]');
  }

  function body(model, messages) {
    const fields = new FormData(form);
    const body = {model, messages, stream: true, stream_options: {include_usage: true}};
    for (const name of ['temperature', 'top_p', 'max_tokens', 'seed']) {
      if (fields.get(name)) body[name] = Number(fields.get(name));
    }
    const stops = fields.get('stop').split(/\r?\n/).filter(line => line);
    if (stops.length) body.stop = stops;
    if (fields.has('logprobs')) Object.assign(body, {logprobs: true, top_logprobs: 5});
    return body;
  }

  function message(role, text) {
    const item = document.createElement('li');
    item.className = role;
    const label = document.createElement('span');
    label.className = 'label';
    label.textContent = role === 'user' ? 'You' : 'Answer';
    const content = document.createElement('p');
    content.className = 'said';
    content.textContent = text;
    item.append(label, content);
    return item;
  }

  function card(model) {
    const card = document.getElementById('answer').content.firstElementChild.cloneNode(true);
    card.querySelector('h2').textContent = model;
    answers.append(card);
    const figure = name => card.querySelector(`[data-figure=${name}]`);
    return {
      text: '',
      tokens: 0,
      problem(words) {
        const problem = card.querySelector('.problem');
        problem.textContent = words;
        problem.hidden = false;
      },
      add(text, logprobs) {
        this.text += text;
        const span = document.createElement('span');
        span.textContent = text;
        if (logprobs) {
          const others = logprobs.top_logprobs.map(one => `${shown(one.token)} ${percent(one.logprob)}`).join('\n');
          span.className = Math.exp(logprobs.logprob) < UNSURE ? 'token unsure' : 'token';
          span.title = `${percent(logprobs.logprob)}\n${others}`;
          const row = card.querySelector('tbody').insertRow();
          for (const [value, kind] of [[text, 'mono'], [percent(logprobs.logprob), 'n'], [others, 'mono']]) {
            const cell = row.insertCell();
            cell.className = kind;
            cell.textContent = value;
          }
          card.querySelector('details').hidden = false;
        }
        card.querySelector('.said').append(span);
      },
      // Reasoning is shown, but is no part of the conversation.
      think(text) {
        const span = document.createElement('span');
        span.className = 'thought';
        span.textContent = text;
        card.querySelector('.said').append(span);
      },
      request(id) {
        const link = card.querySelector('[data-request]');
        link.querySelector('a').href = '/console/request?id=' + encodeURIComponent(id + '-0');
        link.hidden = false;
      },
      figure(name, value) { figure(name).textContent = value; },
    };
  }

  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('data: ') && line !== 'data: [DONE]') yield JSON.parse(line.slice(6));
      }
    }
  }

  // Returns the text of a whole answer; null if it was stopped or refused.
  async function ask(model, messages, signal) {
    const view = card(model);
    const begun = performance.now();
    let first = 0;
    let ended = false;
    let thinking = false;
    try {
      const response = await fetch('/v1/chat/completions', {
        method: 'POST',
        headers: {'Content-Type': 'application/json', 'X-CSRF-TOKEN': form.elements._csrf.value},
        body: JSON.stringify(body(model, messages)),
        signal,
      });
      if (!response.ok) {
        const answer = await response.json().catch(() => null);
        view.problem(answer?.error?.message ?? `The server answered ${response.status}.`);
        return null;
      }
      for await (const event of events(response)) {
        if (event.error) {
          view.problem(event.error.message);
          return null;
        }
        const now = performance.now();
        if (event.usage) {
          const count = event.usage.completion_tokens;
          view.figure('tokens', String(count));
          view.figure('prompt', String(event.usage.prompt_tokens));
          if (first && count > 1 && now - first >= 5) view.figure('rate', Math.round((count - 1) / (now - first) * 1000).toLocaleString('en').replaceAll(',', '\u202f'));
        }
        for (const choice of event.choices) {
          if (!first) {
            first = now;
            view.figure('first', seconds(first - begun));
          }
          const text = choice.delta?.content ?? '';
          const reasoning = choice.delta?.reasoning_content;
          if (reasoning) {
            view.think(reasoning);
            thinking = true;
          } else if (text && thinking) {
            view.think('\n\n');
            thinking = false;
          }
          const logprobs = choice.logprobs?.content?.[0];
          if (text || logprobs) view.add(text, logprobs);
          if (choice.finish_reason) {
            ended = true;
            view.request(event.id);
            view.figure('end', choice.finish_reason === 'length' ? 'most tokens' : choice.finish_reason);
          }
        }
      }
      if (!ended) view.problem('The answer broke off.');
      return ended ? view.text : null;
    } catch (problem) {
      view.problem(problem.name === 'AbortError' ? 'Stopped.' : 'The connection to the server broke off. Try again.');
      return null;
    }
  }

  async function run() {
    const models = [...new Set(new FormData(form).getAll('model').map(name => name.trim()).filter(name => name))].slice(0, 4);
    const prompt = form.elements.prompt.value.trim();
    const system = form.elements.system.value.trim();
    const earlier = models.length === 1 ? history() : [];
    const messages = [...(system ? [{role: 'system', content: system}] : []), ...earlier, {role: 'user', content: prompt}];
    said.replaceChildren(...earlier.map(one => message(one.role, one.content)), message('user', prompt));
    answers.replaceChildren();
    running = new AbortController();
    send.disabled = true;
    stop.hidden = false;
    const texts = await Promise.all(models.map(model => ask(model, messages, running.signal)));
    if (models.length === 1 && texts[0] !== null) {
      form.elements.history.value = JSON.stringify([...earlier, {role: 'user', content: prompt}, {role: 'assistant', content: texts[0]}]);
      form.elements.prompt.value = '';
    } else if (models.length > 1) {
      form.elements.history.value = '';
    }
    running = null;
    send.disabled = false;
    stop.hidden = true;
  }

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (!running) run();
  });
  stop.addEventListener('click', () => running?.abort());
  form.elements.prompt.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
})();
