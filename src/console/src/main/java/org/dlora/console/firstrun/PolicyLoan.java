package org.dlora.console.firstrun;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.SchedulingService;
import org.dlora.cluster.facts.AdminActions;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.jspecify.annotations.Nullable;

/**
 * The policy {@code dlora} for a while. Its end brings the policy before back, unless somebody has
 * chosen another one meanwhile.
 */
final class PolicyLoan {
    private static final long PATIENCE_SECONDS = 20;

    /** End of the loan. */
    enum End {
        /** The policy was {@code dlora} before. */
        KEPT,
        /** The policy before is in force again. */
        RESTORED,
        /** Another policy was chosen meanwhile, and stays. */
        CHANGED
    }

    private final SchedulingService service;
    private final AdminActions audit;
    private final String actor;
    private final PolicySource mine = PolicySettings.of(PolicyKind.DLORA);
    private @Nullable PolicySource before;

    private PolicyLoan(SchedulingService service, AdminActions audit, String actor) {
        this.service = service;
        this.audit = audit;
        this.actor = actor;
    }

    /**
     * Puts {@code dlora} into force.
     *
     * @param actor for the audit
     * @throws java.util.concurrent.CompletionException if a replica does not take it; then the
     *     policy before is in force again
     */
    static PolicyLoan begin(SchedulingService service, AdminActions audit, String actor) {
        var loan = new PolicyLoan(service, audit, actor);
        loan.begin();
        return loan;
    }

    private void begin() {
        if (service.scheduling(0).stream()
                .allMatch(report -> report.policy().equals(PolicyKind.DLORA.label()))) {
            return;
        }
        try {
            update(
                    now -> {
                        before = now;
                        return mine;
                    },
                    "policy dlora, for demo traffic");
        } catch (RuntimeException e) {
            try {
                end();
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** Brings the policy before back. */
    End end() {
        var old = before;
        if (old == null) {
            return End.KEPT;
        }
        if (!isInForce()) {
            return End.CHANGED;
        }
        var end = new AtomicReference<>(End.CHANGED);
        update(
                now -> {
                    if (!isMine(now)) {
                        return now; // Changed at this moment.
                    }
                    end.set(End.RESTORED);
                    return old;
                },
                "policy " + old.name() + " again, after demo traffic");
        return end.get();
    }

    private boolean isInForce() {
        var isMine = new AtomicBoolean();
        var _ =
                service.schedule(now -> {
                    isMine.set(isMine(now.policy()));
                    return now;
                });
        return isMine.get();
    }

    // One that was chosen by others is equal, but not the same.
    @SuppressWarnings("ReferenceEquality")
    private boolean isMine(PolicySource policy) {
        return policy == mine;
    }

    private void update(UnaryOperator<PolicySource> choice, String words) {
        SchedulingCommands.update(
                        service, now -> now.with(choice.apply(now.policy())), audit, actor, words)
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }
}
