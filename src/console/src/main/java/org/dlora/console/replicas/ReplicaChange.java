package org.dlora.console.replicas;

import java.util.List;
import java.util.Locale;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaStatus;

/**
 * Consequences of a command to a replica, for the page that asks before it runs.
 *
 * @param sentences effects, with the number of requests
 * @param isPossible whether the order makes sense now
 * @param isForced whether requests fail by it, so that it must be confirmed once more
 */
record ReplicaChange(Kind kind, List<String> sentences, boolean isPossible, boolean isForced) {
    ReplicaChange {
        sentences = List.copyOf(sentences);
    }

    /** An order to a replica. */
    enum Kind {
        DRAIN("Drain", false),
        RESUME("Resume", false),
        RESTART("Restart", true);

        private final String verb;
        private final boolean isHard;

        Kind(String verb, boolean isHard) {
            this.verb = verb;
            this.isHard = isHard;
        }

        public String verb() {
            return verb;
        }

        /** Returns whether the order ends something. */
        public boolean isHard() {
            return isHard;
        }

        /** Returns the last part of its path. */
        public String path() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Returns the effects of a command.
     *
     * @param all the replicas, {@code replica} among them
     */
    static ReplicaChange of(Kind kind, ReplicaReport replica, List<ReplicaReport> all) {
        return switch (kind) {
            case DRAIN -> drain(replica, all);
            case RESUME -> resume(replica);
            case RESTART -> restart(replica, all);
        };
    }

    private static ReplicaChange drain(ReplicaReport replica, List<ReplicaReport> all) {
        var state = replica.condition().state();
        if (state == ReplicaStatus.DRAINING || state == ReplicaStatus.DRAINED) {
            return impossible(Kind.DRAIN, "It is drained already, and takes no new requests.");
        }
        var others = others(replica, all, List.of(ReplicaStatus.SERVING));
        if (others.isEmpty()) {
            return impossible(
                    Kind.DRAIN,
                    "It is the last one that takes requests, so it cannot be drained. Resume another one first.");
        }
        return possible(
                Kind.DRAIN,
                "It takes no new requests: they go to %s.".formatted(named(others)),
                replica.requests().isEmpty()
                        ? "It has no requests now."
                        : "%s to %s, four at a time, while their streams go on. A request that cannot move runs to its end here."
                                .formatted(
                                        counted(replica.requests().size(), "moves", "move"),
                                        named(others)),
                "Its adapters stay in memory. The drain lasts until the replica is resumed, or the server ends.");
    }

    private static ReplicaChange resume(ReplicaReport replica) {
        return switch (replica.condition().state()) {
            case DRAINING, DRAINED ->
                    possible(
                            Kind.RESUME,
                            "It takes new requests again.",
                            replica.requests().isEmpty()
                                    ? "It has no requests now."
                                    : counted(replica.requests().size(), "stays", "stay")
                                            + " on it.");
            case SERVING -> impossible(Kind.RESUME, "It takes requests already.");
            case FENCED, RESTARTING, CLOSED ->
                    impossible(Kind.RESUME, "It is not drained, but has failed.");
        };
    }

    private static ReplicaChange restart(ReplicaReport replica, List<ReplicaReport> all) {
        var state = replica.condition().state();
        if (state == ReplicaStatus.FENCED || state == ReplicaStatus.RESTARTING) {
            return impossible(Kind.RESTART, "It begins anew already.");
        }
        if (state == ReplicaStatus.CLOSED) {
            return impossible(
                    Kind.RESTART,
                    "It has ended for good. Only a start of the server brings it back.");
        }
        int requests = replica.requests().size();
        var after =
                "It comes back with the same adapters and settings. Its cached prefixes and its merged weights are lost.";
        var others =
                others(
                        replica,
                        all,
                        List.of(
                                ReplicaStatus.SERVING,
                                ReplicaStatus.DRAINING,
                                ReplicaStatus.DRAINED));
        if (others.isEmpty()) {
            return new ReplicaChange(
                    Kind.RESTART,
                    List.of(
                            "It is the only replica that serves. Until it serves again, all new requests are refused.",
                            requests == 0
                                    ? "It has no requests now; those that come before it begins anew fail."
                                    : counted(requests, "fails", "fail") + ".",
                            after),
                    true,
                    true);
        }
        return possible(
                Kind.RESTART,
                requests == 0
                        ? "It has no requests now."
                        : counted(requests, "continues", "continue")
                                + " on %s from the tokens that their clients have. Their prompts are computed again there; a drain first moves them without that."
                                        .formatted(named(others)),
                "Until it serves again, new requests go to %s.".formatted(named(others)),
                after);
    }

    private static List<String> others(
            ReplicaReport replica, List<ReplicaReport> all, List<ReplicaStatus> states) {
        return all.stream()
                .filter(other -> !other.id().equals(replica.id()))
                .filter(other -> states.contains(other.condition().state()))
                .map(ReplicaReport::id)
                .toList();
    }

    private static String named(List<String> ids) {
        return (ids.size() == 1 ? "replica " : "replicas ") + String.join(", ", ids);
    }

    private static String counted(int requests, String one, String several) {
        return requests == 1
                ? "Its one request " + one
                : "Its %d requests %s".formatted(requests, several);
    }

    private static ReplicaChange possible(Kind kind, String... sentences) {
        return new ReplicaChange(kind, List.of(sentences), true, false);
    }

    private static ReplicaChange impossible(Kind kind, String sentence) {
        return new ReplicaChange(kind, List.of(sentence), false, false);
    }
}
