package org.dlora.console.decisions;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.dlora.console.page.Formats;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepDecision.Candidate;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/**
 * The decision on a step in sentences: what ran, and why so. The policy's explanation has the
 * figures; see {@link StepDecision}. Policies stay free of prose, which changes with its readers.
 */
public final class DecisionSentence {
    private static final String UNMERGED = "unmerged";
    private static final String ALONE = "merged:";

    /** Seconds below which figures are not told apart. */
    private static final double LEAST = 1e-4;

    private static final String UNMEASURED =
            "The costs of steps are not measured yet, so modes were not compared.";

    private static final String MEASURES = "is built to measure what merging takes";

    private final RecordedStep step;
    private final StepDecision decision;
    private final RegistrationNames names;

    private DecisionSentence(RecordedStep step, RegistrationNames names) {
        this.step = step;
        decision = step.decision();
        this.names = names;
    }

    /** Returns the sentences of a step. */
    public static String of(RecordedStep step, RegistrationNames names) {
        var sentence = new DecisionSentence(step, names);
        var all = new ArrayList<String>();
        all.add(sentence.what());
        if (sentence.decision.candidates().isEmpty()) {
            all.addAll(sentence.byRule());
        } else if (Double.isNaN(step.predicted())) {
            all.add(UNMEASURED); // What the candidates have are no seconds.
        } else {
            all.addAll(sentence.why());
        }
        return String.join(" ", all);
    }

    /** Returns whether two decisions are of one kind: the same weights now and next. */
    public static boolean isAlike(RecordedStep one, RecordedStep other) {
        var a = one.decision();
        var b = other.decision();
        return one.kind() == other.kind()
                && a.mode().equals(b.mode())
                && a.target().equals(b.target())
                && a.chosen().equals(b.chosen())
                && a.policy().equals(b.policy());
    }

    private String what() {
        var adapter = WeightsState.adapter(decision.mode(), names);
        int own = step.rows() - step.correctedRows();
        if (adapter == null) {
            return "Unmerged: %s of %s."
                    .formatted(count(step.rows(), "row"), count(step.sequences(), "request"));
        }
        if (step.correctedRows() > 0) {
            return "Merged %s: %d of %s are its, the others run beside it."
                    .formatted(adapter, own, count(step.rows(), "row"));
        }
        return isAlone(decision.chosen())
                ? "Merged %s alone: its %s ran and all others paused."
                        .formatted(adapter, count(step.rows(), "row"))
                : step.rows() == 1
                        ? "Merged %s: the only row is its.".formatted(adapter)
                        : "Merged %s: all %d rows are its.".formatted(adapter, step.rows());
    }

    private static boolean isAlone(String candidate) {
        return candidate.startsWith(ALONE);
    }

    private List<String> why() {
        var chosen = candidate(decision.chosen());
        var unmerged = candidate(UNMERGED);
        var reasons = new ArrayList<String>();
        if (chosen != null && unmerged != null) {
            if (!chosen.target().equals(decision.mode())) {
                reasons.add(pending(chosen, unmerged));
            } else if (chosen.name().equals(UNMERGED)) {
                reasons.add(stayed(unmerged));
            } else {
                reasons.add(
                        isAlone(chosen.name()) ? alone(chosen, unmerged) : mixed(chosen, unmerged));
            }
        }
        reasons.add(meanwhile(chosen));
        return reasons.stream().filter(reason -> !reason.isEmpty()).toList();
    }

    /** A mode was chosen that is not built yet. */
    private String pending(Candidate chosen, Candidate unmerged) {
        var adapter = WeightsState.adapter(chosen.target(), names);
        double saved = unmerged.step() - chosen.step();
        return isAlone(chosen.name()) || saved <= 0
                ? "Next is %s: the switch costs %s and gives %s instead of %s unmerged."
                        .formatted(
                                isAlone(chosen.name()) ? adapter + " alone" : "merged " + adapter,
                                seconds(chosen.merge()),
                                number(chosen.tokensPerSecond()),
                                rate(unmerged))
                : "Next is merged %s: the switch costs %s and saves %s a step."
                        .formatted(adapter, seconds(chosen.merge()), seconds(saved));
    }

    private static String mixed(Candidate chosen, Candidate unmerged) {
        double saved = unmerged.step() - chosen.step();
        return saved >= 0
                ? "That saves %s a step.".formatted(seconds(saved))
                : "Unmerged would save %s a step, which is too little for a switch."
                        .formatted(seconds(-saved));
    }

    private static String alone(Candidate chosen, Candidate unmerged) {
        return "That gives %s over the next %s; unmerged it would be %s."
                .formatted(
                        rate(chosen),
                        seconds(chosen.horizon()),
                        number(unmerged.tokensPerSecond()));
    }

    /** Unmerged was chosen: what speaks against the best of the others. */
    private String stayed(Candidate unmerged) {
        var others =
                decision.candidates().stream().filter(one -> !one.name().equals(UNMERGED)).toList();
        var best =
                others.stream()
                        .filter(one -> one.refused() == null)
                        .max(comparingDouble(Candidate::tokensPerSecond));
        if (best.isPresent()) {
            return slower(best.get(), unmerged);
        }
        return others.stream()
                .filter(one -> one.refused() != null)
                .findFirst()
                .map(one ->
                        "%s is not merged: %s."
                                .formatted(
                                        WeightsState.adapter(one.target(), names),
                                        named(String.valueOf(one.refused()))))
                .orElse("No adapter has rows that merging would speed up.");
    }

    private String slower(Candidate other, Candidate unmerged) {
        var adapter =
                WeightsState.adapter(other.target(), names)
                        + (isAlone(other.name()) ? " alone" : "");
        double gain = other.tokensPerSecond() / unmerged.tokensPerSecond() - 1;
        if (gain > 0) {
            return "Merging %s would give %s more, which is too little for a switch."
                    .formatted(adapter, Formats.ALL.percent(gain));
        }
        return other.merge() > 0
                ? "Merging %s would cost %s and give %s instead of %s."
                        .formatted(
                                adapter,
                                seconds(other.merge()),
                                number(other.tokensPerSecond()),
                                rate(unmerged))
                : "Merged %s would give %s instead of %s."
                        .formatted(adapter, number(other.tokensPerSecond()), rate(unmerged));
    }

    /** Returns the weights that are built beside the chosen mode. */
    private String meanwhile(@Nullable Candidate chosen) {
        var built = WeightsState.adapter(decision.target(), names);
        boolean isChosen = chosen != null && chosen.target().equals(decision.target());
        if (built == null || isChosen || decision.target().equals(decision.mode())) {
            return "";
        }
        return decision.why().endsWith(MEASURES)
                ? "%s %s.".formatted(built, MEASURES)
                : "%s is built meanwhile, as it comes next.".formatted(built);
    }

    /** A rule decided without comparing. Names keep their first letter. */
    private List<String> byRule() {
        var why = RuleWords.plain(named(decision.why()));
        boolean isName =
                decision.why().startsWith("'")
                        || ids().stream().anyMatch(id -> decision.why().startsWith(id));
        return List.of((isName ? why : StringUtils.capitalize(why)) + ".");
    }

    /** Puts names in the place of ids. */
    private String named(String words) {
        var named = words;
        for (var id : ids()) {
            var name = names.name(id);
            named = named.replace("'" + id + "'", name).replace(id, name);
        }
        return named;
    }

    /** Returns the ids of the adapters that the explanation may name. */
    private List<String> ids() {
        return Stream.concat(
                        Stream.of(decision.mode(), decision.target()).map(WeightsState::id),
                        Stream.concat(
                                decision.candidates().stream()
                                        .map(Candidate::target)
                                        .map(WeightsState::id),
                                decision.standing().keySet().stream().map(DecisionSentence::id)))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    private static @Nullable String id(AdapterRef adapter) {
        return switch (adapter) {
            case AdapterRef.Base() -> null;
            case AdapterRef.Adapter(var id) -> id;
        };
    }

    private @Nullable Candidate candidate(String name) {
        return decision.candidates().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static String rate(Candidate candidate) {
        return number(candidate.tokensPerSecond()) + " tokens/s";
    }

    private static String number(double value) {
        if (value < 0.1) {
            return "less than 0.1";
        }
        return value < 10 ? Formats.ALL.number(value, 1) : Formats.ALL.count(Math.round(value));
    }

    static String seconds(double seconds) {
        return seconds < LEAST ? "less than 0.1 ms" : Formats.ALL.seconds(seconds);
    }

    private static String count(int count, String thing) {
        return count + " " + thing + (count == 1 ? "" : "s");
    }
}
