"""Writes src/testing/data/template/more.jsonl: snippets with the output or error of python jinja2.

Run from the repository's root with jinja2 3.1.6 installed: python3 src/testing/python/jinja_cases.py
The environment is the one transformers 5 renders chat templates with (utils/chat_template_utils.py).
"""

import datetime
import json
import sys

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)

CONTEXT = {
    "messages": [
        {"role": "system", "content": "  Answer in one word. "},
        {"role": "user", "content": "Où est-ce? \U0001f600"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"type": "function", "function": {"name": "look", "arguments": {"q": "é\n", "n": 3, "deep": {"a": []}}}},
                {"type": "function", "function": {"name": "walk", "arguments": "{\"to\": 1}"}},
            ],
        },
        {"role": "tool", "content": "{\"ok\": true}", "name": "look"},
        {"role": "assistant", "content": "<think>\nhm\n</think>\n\nThere."},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "look",
                "description": "Looks <here> & 'there'.",
                "parameters": {
                    "type": "object",
                    "properties": {"q": {"type": "string"}, "n": {"type": ["integer", "null"], "default": 1}},
                    "required": ["q"],
                },
            },
        }
    ],
    "add_generation_prompt": True,
    "bos_token": "<s>",
    "eos_token": "</s>",
    "empty": [],
    "nothing": None,
    "numbers": [3, 1.5, 10, -2, True],
    "words": ["pear", "Apple", "fig", "apple"],
    "people": [{"name": "Bo", "age": 3}, {"name": "al", "age": 5}, {"name": "Cy", "age": 3}],
    "table": {"b": 2, "a": [1, {"c": None}], "Z": "z"},
    "items_key": {"items": [1, 2], "get": "own"},
    "big": 123456789012345678901234567890,
    "emoji": "a\U0001f600b",
    "parts": [{"type": "text", "text": "Hello"}, {"type": "image"}, {"type": "text", "text": " you"}],
}

CASES = r"""
{{ emoji|length }}{{ emoji[1] }}{{ emoji[::-1] }}{{ emoji[-1:] }}{% for c in emoji %}{{ c }},{% endfor %}
{{ items_key.items is callable }}{{ items_key['items'] }}{{ items_key['get'] }}{{ items_key.nope is defined }}{{ items_key['keys'] is callable }}
{{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.5e300 }} {{ 100.0 }} {{ 0.1 + 0.2 }} {{ -0.0 }} {{ 2.5e-8 }} {{ 1/3 }}
{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7.5 // -2 }} {{ -7.5 % 2 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ true + 1 }} {{ 10 / 5 }}
{{ 1 / 0 }}
{{ big }} {{ big + 1 }} {{ 9223372036854775807 + 1 }} {{ big // 7 }} {{ big % 97 }} {{ -big }} {{ 2 ** 100 }} {{ big * big }} {{ big == big + 0 }}
{{ [1, (2,), (), (1, 'x'), {}, [], {'k': (none, true)}] }}
{{ "it's" }}{{ ["it's", 'say "hi"', "both ' and \"", 'tab\t\\', 'é\x00\u200b'] }}
{{ words|sort }}{{ words|sort(case_sensitive=true) }}{{ words|sort(reverse=true) }}{{ numbers|sort }}
{{ words|unique|list }}{{ words|map('upper')|join('|') }}{{ words|select('in', ['fig', 'pear'])|list }}{{ numbers|reject('odd')|list }}
{{ people|sort(attribute='age,name')|map(attribute='name')|join }} {{ people|map(attribute='age')|sum }} {{ people|sum(attribute='age', start=100) }}
{% for g in people|groupby('age') %}{{ g.grouper }}:{{ g.list|map(attribute='name')|join(',') }};{% endfor %}{% for age, list in people|groupby('age') %}{{ age }}{{ list|length }}{% endfor %}
{{ people|min(attribute='age') }}{{ numbers|max }}{{ words|min }}{{ empty|max is undefined }}
{{ people|selectattr('age', '>', 3)|map(attribute='name')|first }}{{ people|rejectattr('nick')|list|length }}{{ people|map(attribute='nick', default='?')|join }}
{{ table|dictsort }}{{ table|dictsort(true) }}{{ table|dictsort(reverse=true)|map('first')|join }}
{{ table|tojson }}{{ table|tojson(indent=2) }}{{ table|tojson(sort_keys=true, separators=(',', ':')) }}
{{ tools|tojson(indent=4) }}
{{ 'é\u2028</a>\x7f'|tojson }}{{ 'é\U0001f600'|tojson(ensure_ascii=true) }}{{ {1: 1.0, none: true, true: 1e20}|tojson }}{{ (1, 2)|tojson(indent='\t') }}
{{ nope|tojson }}
{{ [1, nope]|tojson }}
{% for x in [1, 2, 3, 4] recursive_is_not_here %}{% endfor %}
{% for x in [1, 2, 3] %}{{ loop.index }}/{{ loop.length }}{{ loop.revindex0 }}{{ loop.cycle('a', 'b') }}{{ loop.changed(x // 2) }}{{ loop.depth }} {% endfor %}
{% for x in [1, 2, 3, 4] if x is even %}{{ loop.index0 }}{{ loop.last }}{{ loop.length }}{{ x }}{% else %}none{% endfor %}
{% for x in [1, 2] %}{% continue %}{% else %}else{% endfor %}|{% for x in [1, 2] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}else{% endfor %}
{% set ns = namespace(stop=false, n=0) %}{% for m in messages if not ns.stop %}{% set ns.n = ns.n + 1 %}{% if m.role == 'user' %}{% set ns.stop = true %}{% endif %}{% endfor %}{{ ns.n }}{{ ns.none_here is defined }}{{ ns }}
{% set x = 'out' %}{% for i in [1, 2] %}{{ x }}{% set x = i %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 'if' %}{% endif %}{{ x }}{% with x = 'with', y = x %}{{ x }}{{ y }}{% endwith %}{{ x }}
{% set a, (b, c) = 1, [2, 3] %}{{ a }}{{ b }}{{ c }}{% for (k, v), i in [(('p', 'q'), 1)] %}{{ k }}{{ v }}{{ i }}{% endfor %}
{% set a, b = [1, 2, 3] %}
{% set t %}{% for x in words %}{{ x }} {% endfor %}{% endset %}[{{ t }}]{% set u | upper | trim %} loud {% endset %}[{{ u }}]{% filter replace('a', 'o') | title %}banana split{% endfilter %}
{% macro tag(name, attrs={}, inner='') %}<{{ name }}{% for k, v in attrs|items %} {{ k }}="{{ v }}"{% endfor %}>{{ caller() if caller is defined else inner }}</{{ name }}>{% endmacro %}{{ tag('b', inner='x') }}{% call tag('i', {'id': 1}) %}in{{ 'side' }}{% endcall %}
{% macro each(list) %}{% for x in list %}{{ caller(x, loop.index) }}{% endfor %}{% endmacro %}{% call(x, i) each(words) %}{{ i }}{{ x }};{% endcall %}
{% macro all() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ all(1, *[2, 3], a=4, **{'b': 5}) }}{{ all.name }}{{ all }}
{% macro f(a, b=a ~ '!') %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}{{ f(b=2) }}{{ f() }}
{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}
{% macro f(a) %}{% endmacro %}{{ f(z=2) }}
{% macro down(n) %}{{ n }}{% if n > 0 %}{{ down(n - 1) }}{% endif %}{% endmacro %}{{ down(5) }}
{% macro late() %}{{ word }}{% endmacro %}{% set word = 'now' %}{{ late() }}
{{ messages[1].content.split() }}{{ 'a  b c '.split(' ') }}{{ 'a,b,c'.split(',', 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ ' a  b '.split(none, 1) }}{{ 'x'.partition('-') }}{{ 'k=v=w'.rpartition('=') }}{{ 'a\nb\r\nc\n'.splitlines() }}
{{ "they're bill's".title() }}{{ "they're bill's"|title }}{{ 'hELLO wORLD'.capitalize() }}{{ 'straße'.upper() }}{{ 'aBc'.swapcase() }}{{ 'ß'.casefold() }}
{{ 'abcabc'.find('c') }}{{ 'abcabc'.rfind('c', 0, 4) }}{{ 'abc'.index('b') }}{{ 'aaa'.count('a') }}{{ 'abc'.find('') }}{{ 'abc'.startswith(('x', 'a')) }}{{ 'abc'.endswith('bc', 1) }}{{ 'abc'.removeprefix('a').removesuffix('c') }}
{{ '7'.zfill(3) }}{{ '-7'.zfill(4) }}[{{ 'x'.center(4) }}][{{ 'x'.ljust(3, '.') }}][{{ 'x'.rjust(3) }}][{{ 'abc'|center(9) }}]{{ '-'.join(['a', 'b']) }}{{ 'aXbX'.replace('X', '', 1) }}{{ 'ab'.replace('', '-') }}
{{ '12'.isdigit() }}{{ 'a1'.isalnum() }}{{ 'ab'.isalpha() }}{{ ' \n'.isspace() }}{{ 'AB'.isupper() }}{{ ''.islower() }}{{ 'Ab Cd'.istitle() }}{{ 'é'.isascii() }}{{ 'x' is lower }}{{ 'X' is upper }}
{{ 'abc'.nope }}{{ 'abc'.nope is undefined }}{{ 'abc'.nope() }}
{{ '%s|%r|%5d|%-5s|%05.1f|%x|%%|%c|%+d|%e|%g' % ('é', 'q', 42, 'ab', 3.14159, 255, 'z', 5, 12345.678, 0.0001) }}{{ '%(a)s-%(b)03d' % {'a': 1, 'b': 2} }}{{ '%s' % nope }}{{ '%s' % [1] }}
{{ '%*d|%-*d|%.*f' % (5, 42, 4, 7, 2, 3.14159) }}{{ 'a' % nope }}{{ '%(k)s' % {'k': [none]} }}
{{ '%c%c|%3c' % (65, 'é', 0x1f600) }}{{ 'x'.center(-(10**12)) }}{{ 'abc'[10**12:] }}{{ 'abc'[-(10**12):2] }}{{ 'x'|indent(-3) }}{{ 'a-b'.split('-', -(10**12)) }}
{{ '%d' % 'x' }}
{{ 'a' % 1 }}
{{ '%s %s' % 'x' }}
{{ '{}{1}'.format(1) }}
{{ '{0}-{name}-{1[k]}-{2.role}'.format('a', {'k': 'v'}, messages[0], name='n') }}{{ '{:>5}|{:<5}|{:^5}|{:05d}|{:,}|{:.2f}|{:x}|{!r}|{:{w}}|{{}}'.format('a', 'b', 'c', 42, 1234567, 2.345, 255, 'q', 'z', w=3) }}{{ '{:e} {:g} {:%} {:.3} {:+d}'.format(1234.5, 0.00001, 0.25, 2.0, 7) }}
{{ '42'|int + 1 }}{{ '4.9'|int }}{{ 'x'|int(7) }}{{ '0x1f'|int(base=16) }}{{ none|int }}{{ 3.99|int }}{{ '1.5'|float }}{{ 'x'|float(2) }}{{ -3|abs }}{{ ' 1_000 '|int }}
{{ 2.5|round }}{{ 3.5|round }}{{ 2.675|round(2) }}{{ 42|round }}{{ 2.1|round(method='ceil') }}{{ -2.1|round(0, 'floor') }}{{ 1234|round(-2) }}{{ 2.5|round|int }}
{{ nope|int }}
{{ 'one two three'|truncate(9) }}|{{ 'one two three'|truncate(9, true, '~', 0) }}|{{ 'a b-c'|wordcount }}|{{ 'l1\nl2\n\nl3'|indent }}|{{ 'l1\nl2'|indent(2, first=true) }}|{{ 'a/b c&d'|urlencode }}|{{ {'q': 'x y'}|urlencode }}
{{ [1, 2, 3, 4, 5]|batch(2, 'x')|list }}{{ [1, 2, 3, 4, 5]|slice(3)|list }}{{ [1, 2, 3]|reverse|list }}{{ 'abc'|reverse }}{{ 'abc'|list }}{{ table|list }}{{ 'abc'|first }}{{ table|last }}
{{ nothing|default('d') }}{{ nothing|default('d', true) }}{{ nope.x|default('d') }}
{{ nope|default('d') }}{{ table.nope|d('e') }}{{ nope|upper }}[{{ nope|trim }}]{{ nope|length }}{{ nope|list }}{{ nope|join }}{{ nope == nope2 }}{{ nope is sequence }}{{ nope is iterable }}{{ nope is mapping }}{% for x in nope %}{% endfor %}{{ 'a' in nope }}{{ not nope }}{{ nope ~ 'x' }}
{{ nope + 'x' }}
{{ nope < 1 }}
{{ nope['x'] }}
{{ 'x' in nothing }}
{{ 3 in 'x' }}
{{ 'a' < 1 }}
{{ [1, 2] < [1, 3] }}{{ 'Z' < 'a' }}{{ (1, 'a') < (1, 'b') }}{{ 1 == 1.0 }}{{ 1 == true }}{{ [1] == (1,) }}{{ {'a': 1.0} == {'a': 1} }}{{ 1 in {1.0: 'x'} }}{{ 1 < 2 >= 2 != 3 }}{{ 'a' not in 'bc' }}{{ not 1 == 2 }}
{{ range(5)[1:4:2]|list }}{{ range(5, 0, -2)|list }}{{ range(3) }}{{ [1, 2, 3, 4][-3:-1] }}{{ 'abcdef'[4:1:-1] }}{{ [1, 2][5:] }}{{ (1, 2, 3)[:2] }}{{ [1, 2, 3][none:none:2] }}{{ messages.0.role }}{{ [[1, 2]].0.1 }}
{{ dict(a=1, **{'b': 2}) }}{{ dict([('x', 1)]) }}{{ {'a': 1, 'a': 2} }}{{ {1: 'a', 1.0: 'b', true: 'c'} }}{{ table.keys()|list }}{{ table.values()|list }}{{ table.items() }}{{ table.get('no') }}{{ table.copy() == table }}
{{ [1, 2, 1].count(1) }}{{ [1, 2].index(2) }}{{ (1, 2).index(1) }}{{ ['a'] * 2 }}{{ (1,) + (2,) }}{{ 2 * 'ab' }}{{ 'ab' * -1 }}
{{ [1].pop() }}
{{ table.update({'x': 1}) }}
{{ table.setdefault }}|{{ table.pop is defined }}
{{ [].append(1) }}
{{ ().__class__ }}|{{ table['__class__'] is defined }}
{{ ().__class__.__bases__ }}
{{ namespace(_x=1) }}
{% set ns = namespace() %}{% set ns._x = 1 %}
{% set d = {} %}{% set d.x = 1 %}
{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set j = joiner('; ') %}{{ j() }}{{ j() }}
{{ strftime_now('%Y-%m-%d %H:%M:%S|%d %b %Y|%A, %B %-d|%y %j %I %p %%|%a %e %U %u %f') }}
{{ raise_exception('Only "user" & co: ' ~ messages|length) }}
{{ messages|nofilter }}
{% if false %}{{ messages|nofilter }}{% endif %}ok
{{ messages is notest }}
{{ 1 is divisibleby 2 }}{{ 4 is divisibleby(2) }}{{ 3 is odd }}{{ none is none }}{{ 1 is sameas 1 }}{{ 1.0 is float }}{{ true is integer }}{{ 1 is integer }}{{ true is number }}{{ 'a' is in 'abc' }}{{ range is callable }}{{ [] is sequence }}{{ {} is sequence }}{{ 1 is not none and 2 is defined }}{{ 'x' is eq 'x' }}{{ 3 is gt(2) }}
{{ 'a' if false else 'b' if nothing else 'c' }}{{ ('x' if false) is defined }}{{ [1 if true else 2, 3] }}{{ not true or 'z' }}{{ 1 and 0 or 'q' }}{{ (1, 2)|length }}{{ 1, 2 }}
{{ -1|abs }}{{ 'a' ~ 1 + 2 ~ 'b' }}
{{ 'A' ~ 1 * 2 ~ 'b' }}{{ 1 ~ 2 == '12' }}{{ 5 - 2 - 1 }}{{ 2 * 3 % 4 }}{{ 0x1f }}{{ 0b101 }}{{ 0o17 }}{{ 1_000 }}{{ 1.5e2 }}{{ 'a' "b" 'c' }}{{ '\x41\u00e9\101\N{BULLET}\q' }}
{#- comment -#}  a  {#+ keep +#}  b {%- raw -%}  {{ x }} {% endraw +%}  c
    {% if true %}
    x
    {% endif %}
  {{ 'y' }}
 {%+ if true %}  z{% endif +%}

{% if true -%}   w   {%- endif %}	end
{% raw %}{% if %}{{ {% endraw %}{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}{{ '{%' ~ '%}' }}{{ "#}" }}
{% if %}
{{ (1 }}
{{ 1 ]}}
{{ 'open }}
{{ 1 2 }}
{% endif %}
{% if true %}
{% unknown %}
{% for x in y %}{% endif %}
{% break %}
{% macro f() %}{% break %}{% endmacro %}
{% set 1 = 2 %}
{% set none = 2 %}
{{ f(a=1, 2) }}
{{ x is defined is true }}
{# never closed
{% generation %}{% set leak = 1 %}g{% endgeneration %}{{ leak is defined }}
{% for message in messages %}{% if message.content is string %}{{ message.role }}:{{ message.content|trim }}|{% elif message.tool_calls is defined %}{% for call in message.tool_calls %}{% set call = call.function %}{{ call.name }}={{ call.arguments if call.arguments is string else call.arguments|tojson }}{% if not loop.last %},{% endif %}{% endfor %}|{% endif %}{% endfor %}
{% for p in parts %}{% if p.type == 'text' %}{{ p.text }}{% elif p['type'] == 'image' %}<img>{% endif %}{% endfor %}{{ parts|selectattr('type', 'equalto', 'text')|map(attribute='text')|join }}{% if parts is not string and parts is iterable %}list{% endif %}
{% set c = messages[-1].content %}{% if '</think>' in c %}[{{ c.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') }}][{{ c.split('</think>')[-1].lstrip('\n') }}]{% endif %}{% for m in messages[::-1] %}{{ messages|length - 1 - loop.index0 }}{{ m.role[0] }}{% endfor %}
{%- if messages[0]['role'] == 'system' %}{%- set system = messages[0]['content']|trim %}{%- set messages = messages[1:] %}{%- else %}{%- set system = '' %}{%- endif %}{{ system }}{{ messages|length }}{{ messages|map(attribute='role')|list }}
{%- for tool in tools %}{%- set f = tool.function %}{{ f.name }}({% for n, p in f.parameters.properties|items %}{{ n }}{{ '' if n in f.parameters.required else '?' }}: {{ p.type if p.type is string else p.type|join(' | ') }}{{ ' = ' ~ p.default if p.default is defined }}{{ ', ' if not loop.last }}{% endfor %}){%- endfor %}
{% set ns = namespace(last='') %}{% for m in messages %}{% if m.role == ns.last %}{{ raise_exception('Roles must alternate, got ' + m.role + ' twice') }}{% endif %}{% set ns.last = 'assistant' if m.role == 'tool' else m.role %}{% endfor %}
{% set alias = messages %}{{ alias[0]['content'][2:8] ~ alias[1].content[-1] }}{{ (alias|last)['content'].strip().endswith('There.') }}{{ alias[99] is defined }}{{ alias['x'] is defined }}{{ alias[1]['no']|default('-') }}
"""


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


class TemplateNamespace(jinja2.utils.Namespace):
    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        attributes = dict(*args, **kwargs)
        for name in attributes:
            TemplateNamespace._check_name(name)
        jinja2.utils.Namespace.__init__(self, attributes)

    def __setitem__(self, name, value):
        TemplateNamespace._check_name(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def _check_name(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError(name)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    env.globals["namespace"] = TemplateNamespace
    return env


def expected(env, template, context=CONTEXT):
    try:
        return {"output": env.from_string(template).render(**context)}
    except (SyntaxError, jinja2.TemplateSyntaxError) as error:
        return {"error": "TemplateSyntaxError"}
    except Exception as error:
        row = {"error": type(error).__name__}
        if type(error) is jinja2.exceptions.TemplateError:
            row["message"] = str(error)
        return row


def templates():
    """One a line, except the few that test white space at line ends."""
    lines = CASES.strip("\n").split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("    {% if true %}"))
    end = next(i for i, line in enumerate(lines) if line.endswith("end") and i > start)
    yield from lines[:start]
    block = "\n".join(lines[start : end + 1])
    yield block
    yield block.replace("\n", "\r\n") + "\r\n"
    yield from lines[end + 1 :]


def main():
    env = environment()
    with open("src/testing/data/template/more.jsonl", "w", encoding="utf-8", newline="\n") as out:
        rows = [{"context": CONTEXT}] + [{"template": t, **expected(env, t)} for t in templates()]
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(len(rows) - 1, "cases,", sum("error" in row for row in rows), "of them errors", file=sys.stderr)


if __name__ == "__main__":
    main()
