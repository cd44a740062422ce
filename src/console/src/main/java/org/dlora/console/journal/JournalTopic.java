package org.dlora.console.journal;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A filter of the journal by what happened. */
enum JournalTopic {
    /** All but switches of weights, of which there may be many in a second. */
    ALL(
            "everything but switches of weights",
            List.of(
                    "adapter_loaded",
                    "adapter_failed",
                    "acquisition_failed",
                    "adapter_evicted",
                    "gate_judged",
                    "request_moved",
                    "replica_fenced",
                    "replica_restarted",
                    "budget_alert"),
            Actions.ALL),
    PROBLEMS(
            "problems",
            List.of(
                    "adapter_failed",
                    "acquisition_failed",
                    "gate_judged",
                    "replica_fenced",
                    "budget_alert"),
            Actions.PROBLEMS),
    ADAPTERS(
            "adapters",
            List.of(
                    "adapter_loaded",
                    "adapter_failed",
                    "acquisition_failed",
                    "adapter_evicted",
                    "gate_judged"),
            Actions.NONE),
    REPLICAS("replicas", List.of("replica_fenced", "replica_restarted"), Actions.NONE),
    MIGRATIONS("migrations", List.of("request_moved"), Actions.NONE),
    WEIGHTS("switches of weights", List.of("mode_switched"), Actions.NONE),
    BUDGETS("budgets", List.of("budget_alert"), Actions.NONE),
    ACTIONS("administrative actions", List.of(), Actions.ALL),
    SIGN_INS("sign-ins", List.of(), Actions.SIGN_INS);

    /** Actions of the audit that belong to a topic. */
    enum Actions {
        NONE(false, List.of()),
        ALL(true, List.of()),
        PROBLEMS(false, List.of("user.sign_in_failed", "user.lock_out", "adapter.roll_back")),
        SIGN_INS(
                false,
                List.of(
                        "user.sign_in",
                        "user.sign_in_failed",
                        "user.lock_out",
                        "user.unlock",
                        "user.sign_out",
                        "user.password"));

        final boolean all;

        @SuppressWarnings("ImmutableEnumChecker") // Of List.of.
        final List<String> names;

        Actions(boolean all, List<String> names) {
            this.all = all;
            this.names = names;
        }
    }

    private final String label;

    @SuppressWarnings("ImmutableEnumChecker") // Of List.of.
    final List<String> kinds;

    final Actions actions;

    JournalTopic(String label, List<String> kinds, Actions actions) {
        this.label = label;
        this.kinds = kinds;
        this.actions = actions;
    }

    /** Returns its words on the page. */
    public String label() {
        return label;
    }

    /** Returns its word in the URL. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether it has actions alone, which administrators see. */
    public boolean isForAdministrators() {
        return kinds.isEmpty();
    }

    static Optional<JournalTopic> of(String word) {
        return Arrays.stream(values()).filter(topic -> topic.word().equals(word)).findFirst();
    }
}
