package org.dlora.adapter.config;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.dlora.tensor.LoadException;

/**
 * A regular expression of Python's {@code re}, as PEFT's configurations hold them. The common part
 * of both languages is translated to {@link Pattern}; a construct that Java would read differently
 * is refused. Matching takes its steps from a {@link MatchBudget}, so no pattern can hang a load.
 */
final class PythonRegex {
    private final String field;
    private final String source;
    private final RegexTranslation translation;
    private final Pattern pattern;
    private final MatchBudget budget;

    /**
     * Compiles {@code source}.
     *
     * @param field the configuration's field, for errors
     * @throws LoadException if it is no regular expression, or one that both languages do not share
     */
    PythonRegex(String field, String source, MatchBudget budget) {
        this.field = field;
        this.source = source;
        this.budget = budget;
        try {
            translation = RegexTranslation.of(source);
            pattern = Pattern.compile(translation.java());
        } catch (PatternSyntaxException e) {
            throw problem(
                    "is not a usable regular expression: "
                            + e.getDescription()
                            + "; expected groups, classes and repeats as Python and Java both read them",
                    e);
        }
    }

    /** Returns whether the whole text is a match ({@code re.fullmatch}). */
    boolean matchesAll(String text) {
        return test(text, Matcher::matches).isPresent();
    }

    /** Returns whether the text begins with a match ({@code re.match}). */
    boolean matchesStart(String text) {
        return test(text, Matcher::lookingAt).isPresent();
    }

    /** Returns the text of group {@code name} after {@code re.match}. */
    Optional<String> group(String text, String name) {
        return test(text, Matcher::lookingAt)
                .map(matcher -> matcher.group(translation.javaGroup(name)));
    }

    private Optional<Matcher> test(String text, Predicate<Matcher> match) {
        var matcher = pattern.matcher(budget.meter(text));
        try {
            return match.test(matcher) ? Optional.of(matcher) : Optional.empty();
        } catch (MatchBudget.SpentException | StackOverflowError e) {
            throw problem("takes too long to match " + text + "; write a simpler pattern", e);
        }
    }

    private LoadException problem(String what, Throwable cause) {
        var message =
                "%s: %s holds the pattern %s, which %s"
                        .formatted(AdapterConfig.FILE, field, Quote.of(source), what);
        return new LoadException(message, cause);
    }

    @Override
    public String toString() {
        return source;
    }
}
