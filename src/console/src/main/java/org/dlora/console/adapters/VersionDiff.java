package org.dlora.console.adapters;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.dlora.api.admin.adapters.GateResultBody;
import org.dlora.api.admin.adapters.VersionBody;
import org.dlora.console.page.Formats;
import org.jspecify.annotations.Nullable;

/** Comparison of two versions of an adapter, as the rows of its page. Pure. */
final class VersionDiff {
    private static final String NONE = "–";

    private VersionDiff() {}

    /**
     * A fact of both versions.
     *
     * @param isSame whether it is the same in both
     */
    record Fact(String name, String one, String other, boolean isSame) {
        static Fact of(String name, @Nullable String one, @Nullable String other) {
            var left = one == null || one.isEmpty() ? NONE : one;
            var right = other == null || other.isEmpty() ? NONE : other;
            return new Fact(name, left, right, left.equals(right));
        }
    }

    /**
     * The answers of both versions to a prompt of the gate.
     *
     * @param one answer, or why there is none
     */
    record Answer(
            String prompt,
            @Nullable String expected,
            String one,
            boolean onePassed,
            String other,
            boolean otherPassed,
            boolean isSame) {}

    static List<Fact> facts(VersionBody one, VersionBody other) {
        var format = Formats.ALL;
        var facts = new ArrayList<Fact>();
        facts.add(Fact.of("State", state(one), state(other)));
        facts.add(Fact.of("Weights", one.weights(), other.weights()));
        facts.add(Fact.of("Hash of the version", one.hash(), other.hash()));
        facts.add(Fact.of("Ranks", words(one.ranks()), words(other.ranks())));
        facts.add(Fact.of("Modules", words(one.targets()), words(other.targets())));
        facts.add(Fact.of("Size", format.bytes(one.bytes()), format.bytes(other.bytes())));
        facts.add(Fact.of("System prompt", one.systemPrompt(), other.systemPrompt()));
        var parameters = new TreeMap<String, String[]>();
        one.parameters()
                .forEach((name, value) ->
                        parameters.put(name, new String[] {String.valueOf(value), ""}));
        other.parameters()
                .forEach((name, value) ->
                        parameters.computeIfAbsent(name, _ -> new String[] {"", ""})[1] =
                                String.valueOf(value));
        parameters.forEach((name, both) -> facts.add(Fact.of(name, both[0], both[1])));
        facts.add(
                Fact.of(
                        "Change that survives merging",
                        format.percent(one.fidelity()),
                        format.percent(other.fidelity())));
        facts.add(
                Fact.of(
                        "Deviation of logits once merged",
                        format.number(one.logitDeviation(), 5),
                        format.number(other.logitDeviation(), 5)));
        facts.add(
                Fact.of(
                        "Deviation of other models beside it",
                        format.number(one.mixedNoise(), 5),
                        format.number(other.mixedNoise(), 5)));
        facts.add(Fact.of("Source", one.source(), other.source()));
        facts.add(Fact.of("Registered", format.time(one.created()), format.time(other.created())));
        facts.add(Fact.of("By", one.createdBy(), other.createdBy()));
        facts.add(
                Fact.of(
                        "Validation",
                        String.join("\n", one.warnings()),
                        String.join("\n", other.warnings())));
        return facts;
    }

    private static String state(VersionBody version) {
        return version.reason() == null
                ? version.state()
                : version.state() + ": " + version.reason();
    }

    private static String words(List<?> values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** Returns the answers to the gate's prompts; empty if neither was run with this gate. */
    static List<Answer> answers(GateView gate, VersionBody one, VersionBody other) {
        var left = findings(one.gate());
        var right = findings(other.gate());
        if (left.isEmpty() && right.isEmpty()) {
            return List.of();
        }
        return gate.prompts().stream()
                .map(prompt -> {
                    var mine = left.get(prompt.index());
                    var its = right.get(prompt.index());
                    var first = answer(mine);
                    var second = answer(its);
                    return new Answer(
                            prompt.text(),
                            prompt.expected(),
                            first,
                            mine != null && mine.passed(),
                            second,
                            its != null && its.passed(),
                            first.equals(second));
                })
                .toList();
    }

    private static Map<Integer, GateResultBody.FindingBody> findings(
            @Nullable GateResultBody result) {
        return result == null || !result.current()
                ? Map.of()
                : result.prompts().stream()
                        .collect(
                                Collectors.toMap(
                                        GateResultBody.FindingBody::prompt, finding -> finding));
    }

    private static String answer(GateResultBody.@Nullable FindingBody finding) {
        if (finding == null) {
            return "not run with this gate";
        }
        var got = finding.got();
        if (got != null && !got.isEmpty()) {
            return got;
        }
        if (finding.divergence() != null) {
            return "largest divergence %s nats"
                    .formatted(Formats.ALL.number(finding.divergence(), 3));
        }
        return finding.problem() == null ? "" : finding.problem();
    }
}
