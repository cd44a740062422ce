package org.dlora.api.admin.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.dlora.catalogue.manifest.DesiredRoute;
import org.dlora.catalogue.manifest.Manifest;
import org.dlora.catalogue.manifest.ManifestException;
import org.dlora.catalogue.manifest.ManifestProblem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestReaderTest {
    private static final ManifestReader READER =
            new ManifestReader("demo", Set.of("pinned"), Map.of("shared", 2.0), 100);

    private static Manifest read(String yaml) {
        return READER.parse(yaml.getBytes(UTF_8));
    }

    private static List<ManifestProblem> problems(String yaml) {
        var refusal = catchThrowableOfType(ManifestException.class, () -> read(yaml));
        assertThat(refusal).as(yaml).isNotNull();
        return refusal.problems();
    }

    /** Returns the one problem of an adapter with these further lines, from line 3 on. */
    private static ManifestProblem problem(String lines) {
        var problems = problems("adapters:\n- name: sql\n  " + lines.replace("; ", "\n  "));
        assertThat(problems).hasSize(1);
        return problems.getFirst();
    }

    @Test
    void everyMemberIsRead() {
        var manifest =
                read(
                        """
                        base: demo
                        adapters:
                        - name: team/sql
                          versions:
                            stable: team/sql-1
                            new: hf:org/sql@main
                          route: {versions: {stable: 90, new: 10}, sticky: true}
                          aliases:
                            champion: stable
                          description: Queries
                          owner: ann
                          tags: [b, a]
                          pinned: true
                          share: 2
                          system_prompt: Be brief.
                          parameters: {temperature: 0.5, max_tokens: 9}
                        - {name: law, source: law}
                        - {name: gone, served: no}
                        - name: known
                          route: "3"
                          description:
                        """);
        assertThat(manifest.adapters()).hasSize(4);
        var sql = manifest.adapters().getFirst();
        assertThat(sql.name()).isEqualTo("team/sql");
        assertThat(sql.line()).isEqualTo(3);
        assertThat(sql.sources())
                .isEqualTo(Map.of("stable", "team/sql-1", "new", "hf:org/sql@main"));
        assertThat(sql.routes().get(""))
                .isEqualTo(new DesiredRoute(new TreeMap<>(Map.of("stable", 90, "new", 10)), true));
        assertThat(sql.routes().get("champion")).isEqualTo(DesiredRoute.to("stable"));
        assertThat(sql.given())
                .containsExactly(
                        "description",
                        "owner",
                        "parameters",
                        "pinned",
                        "share",
                        "system_prompt",
                        "tags");
        assertThat(sql.details().description()).isEqualTo("Queries");
        assertThat(sql.details().owner()).isEqualTo("ann");
        assertThat(sql.details().tags()).containsExactly("a", "b");
        assertThat(sql.details().pinned()).hasValue(true);
        assertThat(sql.share()).isEqualTo(2);
        assertThat(sql.defaults().systemPrompt()).hasValue("Be brief.");
        assertThat(sql.defaults().parameters().temperature()).isEqualTo(OptionalDouble.of(0.5));
        assertThat(sql.defaults().parameters().maxTokens()).isEqualTo(OptionalInt.of(9));
        var law = manifest.adapters().get(1);
        assertThat(law.sources()).isEqualTo(Map.of("main", "law"));
        assertThat(law.routes()).isEqualTo(Map.of("", DesiredRoute.to("main")));
        assertThat(law.given()).isEmpty();
        assertThat(manifest.adapters().get(2).served()).isFalse();
        var known = manifest.adapters().get(3);
        assertThat(known.routes()).isEqualTo(Map.of("", DesiredRoute.to("3")));
        assertThat(known.given()).containsExactly("description");
        assertThat(known.hasContent()).isFalse();
    }

    @Test
    void aRouteMayNameAShadow() {
        var sql =
                read("""
                adapters:
                - name: sql
                  versions: {a: x, b: y}
                  route: {versions: {a: 1}, shadow: b}
                """)
                        .adapters()
                        .getFirst();
        var route = Objects.requireNonNull(sql.routes().get(""));
        assertThat(route.shadow()).hasValue("b");
        assertThat(problem("source: x; route: {versions: {main: 1}, shadow: c}").toString())
                .isEqualTo("line 4: 'c' is none of the versions [main]");
    }

    @Test
    void aGateHasTheMembersThatItHasOverHttp() {
        var manifest =
                read(
                        """
                        adapters:
                        - name: sql
                          gate:
                            prompts:
                            - messages: [{role: user, content: Hi}]
                              expected: Ho
                            - {prompt: a, max_tokens: 3, tokens: [4], logprobs: [-0.5], max_divergence: 0.1}
                            - prompt: b
                        """);
        var sql = manifest.adapters().getFirst();
        assertThat(sql.members()).containsOnlyKeys("gate");
        var prompts = sql.gate().orElseThrow().prompts();
        assertThat(prompts).hasSize(3);
        assertThat(prompts.getFirst().expected()).hasValue("Ho");
        assertThat(prompts.get(1).recorded().orElseThrow().logprobs()).containsExactly(-0.5);
        assertThat(prompts.get(2).isComplete()).isFalse();
        assertThat(sql.gate().orElseThrow().complete()).isEmpty();
        assertThat(problem("description: x; gate: 3").toString())
                .isEqualTo(
                        "line 4: 'gate' must be a mapping with 'prompts', such as {prompts: [{prompt: 2 + 2 =, expected: ' 4'}]}");
        assertThat(problem("gate: {prompts: []}").toString()).contains("1 to 64 prompts");
        assertThat(
                        problem(
                                        "gate: {prompts: [{prompt: a, tokens: [100], logprobs: [0], max_divergence: 1}]}")
                                .toString())
                .contains("line 3: gate: ", "prompts[0].tokens[0]");
        assertThat(problem("gate: {prompts: [{prompt: a, sauce: b}]}").toString())
                .contains("prompts[0].sauce");
    }

    @Test
    void noAdaptersMustBeSaid() {
        assertThat(read("adapters: []").adapters()).isEmpty();
        assertThat(problems(""))
                .containsExactly(
                        new ManifestProblem(1, "the manifest is empty; 'adapters: []' names none"));
        assertThat(problems("base: demo\n"))
                .containsExactly(
                        new ManifestProblem(1, "'adapters' must be a list; [] names none"));
    }

    @Test
    void theDocumentIsRefusedByLine() {
        assertThat(problems("adapters:\n- name: [a\n- b: c\n").getFirst().toString())
                .startsWith("line 3: no YAML: ");
        assertThat(problems("adapters: []\nadaptors: []\n").getFirst())
                .isEqualTo(
                        new ManifestProblem(
                                2,
                                "unknown key 'adaptors' of the manifest; known are base, adapters"));
        assertThat(problems("base: other\nadapters: []\n").getFirst())
                .isEqualTo(
                        new ManifestProblem(
                                1,
                                "the manifest is for the base model 'other', but 'demo' is served"));
        assertThat(problems("- a\n").getFirst().toString()).contains("must be a mapping");
        assertThat(problemsOf(new byte[] {'a', ':', ' ', (byte) 0xff}).getFirst().toString())
                .isEqualTo("the manifest is no text in UTF-8");
    }

    private static List<ManifestProblem> problemsOf(byte[] bytes) {
        return catchThrowableOfType(ManifestException.class, () -> READER.parse(bytes)).problems();
    }

    @Test
    void allAdaptersThatAreWrongAreReported() {
        assertThat(
                        problems(
                                """
                                adapters:
                                - name: sql
                                  sorce: sql
                                - {name: law, source: law}
                                - name: sql2
                                  source: sql
                                  pinned: maybe
                                - {name: law, source: other}
                                - {source: law}
                                - {name: demo, source: law}
                                """))
                .extracting(ManifestProblem::line)
                .containsExactly(3, 7, 8, 9, 10);
    }

    @Test
    void twoAdaptersOfANameAreRefused() {
        assertThat(problems("adapters:\n- {name: a, source: a}\n- {name: a, source: b}\n"))
                .containsExactly(
                        new ManifestProblem(3, "the adapter 'a' is there twice, first in line 2"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "source: a; sorce: b|4|unknown key 'sorce' of an adapter; known are name, served,",
                "source: a; source: b|4|has the key 'source' twice",
                "source: 3|3|'source' must be a text that is not empty",
                "source: a; versions: {b: c}|4|cannot both be given",
                "versions: {}|3|'versions' must have 1 to 10 sources",
                "versions: {'1': a}|3|'1' cannot label a version",
                "versions: {a: x, b: y}|3|'route' must say which",
                "versions: {a: x, b: y}; route: a|3|no route and no alias uses the version 'b'",
                "versions: {a: x}; route: c|4|'c' is none of the versions [a]",
                "source: x; aliases: {'3': main}|4|'3' cannot be an alias",
                "source: x; aliases: {a: {versions: {main: 0}}}|4|the weight of 'main' must be",
                "source: x; aliases: {a: {versions: {}}}|4|a route has no versions",
                "source: x; aliases: {a: {weights: {}}}|4|unknown key 'weights' of a route",
                "route: main|3|'main' is no number of a version",
                "served: false; source: x|3|is not to be served, so nothing else",
                "served: 1|3|'served' must be true or false",
                "source: x; share: 1000|4|expected a number from 0.01 to 100",
                "source: x; tags: a|4|'tags' must be an array",
                "source: x; parameters: {temprature: 1}|4|Unknown parameter: 'parameters.temprature'",
                "source: x; parameters: {temperature: 3}|4|'parameters.temperature' must be",
                "source: x; owner: 3|4|'owner' must be",
                "source: x; <<: {owner: a}|4|unknown key '<<'"
            })
    void anAdapterIsRefusedByLine(String lines, int line, String message) {
        var problem = problem(lines);
        assertThat(problem.message()).contains(message);
        assertThat(problem.line()).isEqualTo(line);
    }

    @Test
    void contradictionsToTheSettingsAreRefused() {
        assertThat(problems("adapters:\n- name: pinned\n  pinned: false\n").getFirst().toString())
                .isEqualTo(
                        "line 3: the setting dlora.adapters.pinned pins 'pinned'; change one of them");
        assertThat(problems("adapters:\n- name: shared\n  share: 3\n").getFirst().toString())
                .isEqualTo(
                        "line 3: the setting dlora.shares gives 'shared' the weight 2.0; change one of them");
        assertThat(
                        read("adapters: [{name: pinned, pinned: true}, {name: shared, share: 2}]")
                                .adapters())
                .hasSize(2);
    }

    @Test
    void aBombOfAliasesIsRefused() {
        var yaml = new StringBuilder("a0: &a0 [x, x]\n");
        for (int i = 1; i < 60; i++) {
            yaml.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertThat(problems(yaml.toString()).getFirst().toString()).contains("aliases");
    }

    @Test
    void noTypeOfJavaIsMade() {
        assertThat(
                        problems("adapters: !!javax.script.ScriptEngineManager [x]\n")
                                .getFirst()
                                .toString())
                .startsWith("line 1: no YAML: Global tag is not allowed");
    }
}
