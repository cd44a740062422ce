package org.dlora.console.replicas;

import java.util.regex.Pattern;

/** Explanations of policies that go by a rule, in plain words. */
final class RuleWords {
    /** As the policy {@code dlora-paper} says it: {@code sql has 3 of 9 ≥ α 0.3: merged}. */
    private static final Pattern SHARE =
            Pattern.compile(
                    "^(.+) has (\\d+) of (\\d+)(?: ≥ ([αβ]) ([\\d.Ee-]+))?: (merged|stays merged|unmerged)");

    private RuleWords() {}

    /** Returns an explanation in plain words, without a full stop. */
    static String plain(String why) {
        if (why.equals("in the order of arrival")) {
            return "requests run in the order of arrival";
        }
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
