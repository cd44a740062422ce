package org.dlora.console.decisions;

import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.dlora.console.page.Formats;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** Explanations of policies and names of modes, as they are recorded, in plain words. */
public final class RuleWords {
    /**
     * A rule in the words of the policy {@code dlora-paper}: {@code sql has 3 of 9 ≥ α 0.3:
     * merged}.
     */
    private static final Pattern SHARE =
            Pattern.compile(
                    "^(.+) has (\\d+) of (\\d+)(?: ≥ ([αβ]) ([\\d.Ee-]+))?: (merged|stays merged|unmerged)");

    /**
     * A candidate in the words of the policy {@code dlora}: {@code mixed:sql: 220.0 tokens/s over
     * 0.40 s; until it is built unmerged}.
     */
    private static final Pattern CANDIDATE =
            Pattern.compile(
                    "^(unmerged|(?:mixed|merged):.+?): ([^ ]+) tokens/s over ([^ ]+) s(?:; until it is built (unmerged|(?:mixed|merged):[^;]+))?");

    private static final Pattern MERGED = Pattern.compile("merged\\((.+)\\)");

    /** First words that are none of an adapter's name, which keeps its first letter. */
    private static final Pattern OWN_WORDS =
            Pattern.compile(
                    "^(requests run|merged .+ with others|unmerged was|no adapter|starving )");

    private static final String MIXED = "mixed:";
    private static final String ALONE = "merged:";

    private RuleWords() {}

    /**
     * Returns a mode of weights in words: {@code merged sql} for {@code merged(ID)}.
     *
     * @param names gives the name of an id
     */
    public static String mode(String mode, UnaryOperator<String> names) {
        return merged(mode).map(id -> "merged " + names.apply(id)).orElse(mode);
    }

    /** Returns the id of the adapter that is merged in a mode; empty if none is. */
    public static Optional<String> merged(String mode) {
        var merged = MERGED.matcher(mode);
        return merged.matches() ? Optional.of(merged.group(1)) : Optional.empty();
    }

    /** Returns an explanation in plain words, without a full stop. */
    public static String plain(String why) {
        if (why.equals("in the order of arrival")) {
            return "requests run in the order of arrival";
        }
        var candidate = CANDIDATE.matcher(why);
        if (candidate.find()) {
            return "%s was predicted to give %s tokens/s %s%s%s"
                    .formatted(
                            candidate(candidate.group(1)),
                            Formats.ALL.count(Math.round(number(candidate.group(2)))),
                            horizon(number(candidate.group(3))),
                            meanwhile(candidate.group(4)),
                            why.substring(candidate.end()));
        }
        return share(why);
    }

    /** Returns a recorded explanation as a sentence, with names in the place of ids. */
    public static String sentence(String why, RegistrationNames names) {
        var words = plain(names.in(why));
        boolean isWord = OWN_WORDS.matcher(words).find();
        return (isWord ? StringUtils.capitalize(words) : words) + ".";
    }

    private static String candidate(String name) {
        if (name.startsWith(MIXED)) {
            return "merged %s with others beside it".formatted(name.substring(MIXED.length()));
        }
        return name.startsWith(ALONE) ? name.substring(ALONE.length()) + " alone" : name;
    }

    private static String meanwhile(@Nullable String candidate) {
        return candidate == null ? "" : "; until it is built, " + candidate(candidate) + " runs";
    }

    private static String horizon(double seconds) {
        var words = DecisionSentence.seconds(seconds);
        return (words.startsWith("less") ? "for " : "over the next ") + words;
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException _) {
            return Double.NaN;
        }
    }

    private static String share(String why) {
        var share = SHARE.matcher(why);
        if (!share.find()) {
            return why;
        }
        var verdict = share.group(6);
        var rest = why.substring(share.end());
        return "%s has %s of %s requests, %s%s"
                .formatted(
                        share.group(1),
                        share.group(2),
                        share.group(3),
                        share.group(4) == null
                                ? "too few to be merged"
                                : "at least the share %s of %.2f, so it %s"
                                        .formatted(
                                                share.group(4),
                                                Double.parseDouble(share.group(5)),
                                                verdict.equals("merged") ? "is merged" : verdict),
                        rest);
    }
}
