package org.dlora.operate.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.facts.AdminActions;
import org.dlora.operate.Administration;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.ShortenedText;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands that change the scheduling, each with a line in the audit and in the log. */
public final class SchedulingCommands {
    private static final Logger log = LoggerFactory.getLogger(SchedulingCommands.class);

    private SchedulingCommands() {}

    /**
     * Changes the settings of all replicas, but for shares that the manifest says.
     *
     * @param actor author of the change, for the audit
     * @param words requested change, for the log
     * @return completes when all replicas use them, or one has failed at that, and the audit has
     *     been told
     */
    public static CompletableFuture<Void> update(
            Administration administration,
            UnaryOperator<SchedulingSettings> change,
            AdminActions audit,
            String actor,
            String words) {
        return update(
                administration.scheduling(),
                administration.guard().schedule(change),
                audit,
                actor,
                words);
    }

    /** Changes the settings of all replicas but the shares, which the manifest may say. */
    public static CompletableFuture<Void> update(
            SchedulingService service,
            UnaryOperator<SchedulingSettings> change,
            AdminActions audit,
            String actor,
            String words) {
        var before = settings(service);
        var action = new AuditedAction(actor, "scheduling.update");
        // On a thread of its own, as replicas complete it and must not wait for the database.
        return action.part(() -> service.schedule(change))
                .whenCompleteAsync(
                        (_, failure) ->
                                action.part(() -> {
                                    report(service, before, failure, audit, actor, words);
                                    return before;
                                }),
                        work -> Thread.ofVirtual().name("audit-scheduling").start(work));
    }

    private static void report(
            SchedulingService service,
            Map<String, ?> before,
            @Nullable Throwable failure,
            AdminActions audit,
            String actor,
            String words) {
        var after = new LinkedHashMap<String, Object>(settings(service));
        if (failure != null && after.equals(before)) {
            return;
        }
        // One replica may fail at settings that others use.
        if (failure != null) {
            after.put("failed", String.valueOf(failure.getMessage()));
        }
        log.info("Scheduling changed by {}: {}", actor, ShortenedText.details(words));
        audit.done(actor, "scheduling.update", "all replicas", before, after);
    }

    /** Returns the update to a policy. A policy that is in force already keeps its state. */
    public static UnaryOperator<SchedulingSettings> policy(PolicyKind policy) {
        return before -> before.with(chosen(policy, before.policy()));
    }

    /**
     * Returns the update of shares of the service.
     *
     * @param weights by the served names of the models; others keep theirs
     * @throws CommandRefusedException if a model is not served, or a weight is out of range
     */
    public static UnaryOperator<SchedulingSettings> shares(
            Map<String, Double> weights, ServedModels models) {
        var changed = new TreeMap<String, Double>();
        weights.forEach((name, weight) -> {
            var path = "shares." + name;
            if (models.find(name).isEmpty()) {
                throw CommandRefusedException.invalid(
                        path,
                        "'shares' names '%s', which is not served; GET /v1/models lists what is."
                                .formatted(name));
            }
            try {
                var _ = new ServiceWeights(Map.of(name, weight));
            } catch (IllegalArgumentException e) {
                throw CommandRefusedException.invalid(path, e.getMessage() + ".");
            }
            changed.put(name.equals(models.servedName()) ? "" : name, weight);
        });
        return before -> before.with(before.weights().with(changed));
    }

    /**
     * Returns the policy that somebody chooses. One that is in force already keeps its settings,
     * and its state as it is equal. But it is another object, so that those who lent the policy see
     * that it was chosen meanwhile.
     */
    private static PolicySource chosen(PolicyKind policy, PolicySource before) {
        if (before instanceof PolicySettings(var kind, var dlora) && kind == policy) {
            return new PolicySettings(kind, dlora);
        }
        return policy.label().equals(before.name()) ? before : PolicySettings.of(policy);
    }

    /** Returns the settings in force for the audit; the base model's share has an empty name. */
    private static Map<String, ?> settings(SchedulingService service) {
        var values = new LinkedHashMap<String, Object>();
        service.scheduling(0).stream()
                .findFirst()
                .ifPresent(report -> {
                    values.put("policy", report.policy());
                    values.put("slo", promised(report.slo()));
                    values.put("shares", report.weights().byName());
                });
        service.merging()
                .ifPresent(merge ->
                        values.put("merge", Map.of("share", merge.share(), "keep", merge.keep())));
        return values;
    }

    /** Returns the promised seconds; null where nothing is promised. */
    private static Map<String, @Nullable Double> promised(SloLimits limits) {
        var seconds = new LinkedHashMap<String, @Nullable Double>();
        seconds.put("ttft", finite(limits.ttft()));
        seconds.put("tpot", finite(limits.tpot()));
        return seconds;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
