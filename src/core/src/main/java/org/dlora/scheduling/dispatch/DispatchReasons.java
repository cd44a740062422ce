package org.dlora.scheduling.dispatch;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The sentences that explain the choice of a replica. */
final class DispatchReasons {
    private static final double MB = 1 << 20;

    private DispatchReasons() {}

    static String of(Prospect prospect, DispatchDecision decision, DispatchSettings settings) {
        if (prospect.refused() != null) {
            return "is not offered: " + prospect.refused();
        }
        boolean isChosen = prospect.equals(decision.chosen());
        if (!prospect.isPredicted()) {
            return "%s by least load, as no costs are fitted: %s%s"
                    .formatted(
                            isChosen ? "is chosen" : "is not chosen",
                            unfinished(prospect),
                            prospect.presence() instanceof AdapterPresence.Absent
                                    ? ", and it would have to load the adapter"
                                    : "");
        }
        return (isChosen ? "is chosen: it" : "it")
                + course(prospect)
                + excess(prospect, decision.chosen(), settings);
    }

    private static String course(Prospect prospect) {
        var text =
                new StringBuilder(" ends the request in %s, ".formatted(seconds(prospect.finish())))
                        .append("%s for the prompt".formatted(seconds(prospect.prompt())));
        if (prospect.prefixTokens() > 0) {
            text.append(" but %d cached tokens".formatted(prospect.prefixTokens()));
        }
        text.append(" and %s for the answer".formatted(seconds(prospect.answer())));
        if (prospect.start() > 0) {
            text.append(", after %s %s".formatted(seconds(prospect.start()), cause(prospect)));
        }
        if (prospect.others() > 0) {
            text.append(
                    "; it delays %s by %s in all"
                            .formatted(
                                    prospect.unfinished() == 1
                                            ? "1 other"
                                            : prospect.unfinished() + " others",
                                    seconds(prospect.others())));
        }
        return text.toString();
    }

    private static String cause(Prospect prospect) {
        if (prospect.load() > prospect.prompts() + prospect.turn()) {
            return prospect.presence() instanceof AdapterPresence.Loading
                    ? "until its adapter is loaded"
                    : "for a load of its adapter";
        }
        if (prospect.prompts() > prospect.turn()) {
            return "for earlier prompts";
        }
        return prospect.isKvShort() ? "for KV blocks" : "for a place";
    }

    private static String excess(
            Prospect prospect, @Nullable Prospect chosen, DispatchSettings settings) {
        if (chosen == null || prospect.equals(chosen)) {
            return "";
        }
        double more = prospect.score(settings) - chosen.score(settings);
        return more > 0
                ? "; %s more than on %s".formatted(seconds(more), chosen.replica())
                : "; no less than on " + chosen.replica();
    }

    static String unfinished(Prospect prospect) {
        return prospect.unfinished() + " unfinished requests";
    }

    static String impossible(long bytes, long most) {
        return "the adapter needs %s, at most %s can be made free"
                .formatted(size(bytes), size(most));
    }

    static String tooLong(int need, int total) {
        return "the prompt needs %d KV blocks, it has %d".formatted(need, total);
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, seconds < 0.1 ? "%.2g s" : "%.1f s", seconds);
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / MB);
    }
}
