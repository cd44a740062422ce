package org.dlora.cluster.facts;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A change of the cluster that operators watch and find again in the history. */
public sealed interface ClusterEvent {
    /** All kinds of changes. */
    Set<String> KINDS =
            Set.of(
                    "mode_switched",
                    "request_moved",
                    "adapter_loaded",
                    "adapter_failed",
                    "acquisition_failed",
                    "adapter_evicted",
                    "gate_judged",
                    "replica_fenced",
                    "replica_restarted",
                    "budget_alert",
                    "admin_action");

    /** Returns when it happened. */
    Instant at();

    /** Returns its kind as one word in snake case. */
    default String kind() {
        return switch (this) {
            case ModeSwitched _ -> "mode_switched";
            case RequestMoved _ -> "request_moved";
            case AdapterLoaded _ -> "adapter_loaded";
            case AdapterFailed _ -> "adapter_failed";
            case AcquisitionFailed _ -> "acquisition_failed";
            case AdapterEvicted _ -> "adapter_evicted";
            case GateJudged _ -> "gate_judged";
            case ReplicaFenced _ -> "replica_fenced";
            case ReplicaRestarted _ -> "replica_restarted";
            case BudgetAlert _ -> "budget_alert";
            case AdminAction _ -> "admin_action";
        };
    }

    /**
     * A replica runs its steps with other weights.
     *
     * @param from mode before: {@code unmerged}, or {@code merged(ID)} with an adapter's id
     * @param why reason of the policy
     */
    record ModeSwitched(Instant at, String replica, String from, String to, String why)
            implements ClusterEvent {}

    /**
     * A move of a request between replicas has ended.
     *
     * @param seconds from its order to its end
     * @param bytes of KV that were sent
     * @param outcome {@code moved}, {@code ended} or {@code failed}
     * @param reason why it has failed, else null
     */
    record RequestMoved(
            Instant at,
            String request,
            String model,
            String from,
            String to,
            double seconds,
            long bytes,
            String outcome,
            @Nullable String reason)
            implements ClusterEvent {}

    /**
     * An adapter is resident.
     *
     * @param memory name of the memory
     * @param version hash of its content, null while that has not been validated
     * @param source of its bytes: {@code file}, {@code packed} or {@code memory}
     * @param why the decision, when it was made: a sentence without subject and full stop, empty if
     *     not known
     */
    record AdapterLoaded(
            Instant at,
            String memory,
            String adapter,
            @Nullable String version,
            long bytes,
            double seconds,
            String source,
            String why)
            implements ClusterEvent {}

    /** An adapter could not be loaded. */
    record AdapterFailed(Instant at, String memory, String adapter, String reason)
            implements ClusterEvent {}

    /**
     * An adapter could not be acquired, as its files are refused or cannot be had.
     *
     * @param job id of the job that has failed
     * @param adapter name that it was to have, null if none was given yet
     * @param source {@code upload}, or where the files are
     */
    record AcquisitionFailed(
            Instant at, String job, @Nullable String adapter, String source, String reason)
            implements ClusterEvent {}

    /**
     * An adapter takes no more memory.
     *
     * @param why the decision, when it was made: a sentence without subject and full stop, empty if
     *     not known
     */
    record AdapterEvicted(
            Instant at,
            String memory,
            String adapter,
            @Nullable String version,
            long bytes,
            String why)
            implements ClusterEvent {}

    /**
     * A version of an adapter has passed its gate, or not.
     *
     * @param number of the version
     * @param version hash of the version
     * @param problem why it did not pass, else null
     */
    record GateJudged(
            Instant at,
            String adapter,
            int number,
            String version,
            boolean passed,
            @Nullable String problem)
            implements ClusterEvent {}

    /**
     * A replica takes no requests any more, because it has failed or is restarted.
     *
     * @param reason a sentence without a full stop
     */
    record ReplicaFenced(Instant at, String replica, String reason) implements ClusterEvent {}

    /** A replica has begun anew, and takes requests. */
    record ReplicaRestarted(Instant at, String replica) implements ClusterEvent {}

    /**
     * A key or a team has used a large share of its budget of tokens.
     *
     * @param owner {@code key} or {@code team}
     * @param name id of the key, or name of the team
     * @param period {@code day} or {@code month}
     * @param used tokens of the period
     * @param budget tokens of the period at most
     */
    record BudgetAlert(Instant at, String owner, String name, String period, long used, long budget)
            implements ClusterEvent {}

    /**
     * An administrator has changed something.
     *
     * @param actor author: the key and its team, or the address of the client
     * @param action name of the action, such as {@code adapter.load}
     * @param subject object of the action, such as an adapter's name
     * @param before values of JSON before it, null if there are none
     * @param after values of JSON after it, null if there are none
     */
    record AdminAction(
            Instant at,
            String actor,
            String action,
            String subject,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after)
            implements ClusterEvent {}
}
