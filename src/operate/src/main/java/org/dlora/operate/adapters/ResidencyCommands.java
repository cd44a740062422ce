package org.dlora.operate.adapters;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.operate.ShortenedText;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that pin, unpin, load and evict adapters: checked for the caller, audited and logged.
 * Thread-safe.
 */
public final class ResidencyCommands {
    private static final Logger log = LoggerFactory.getLogger(ResidencyCommands.class);

    private final Administration administration;
    private final ClusterEvents events;
    private final TeamQuota quota;

    /** Change of where an adapter lies, or of whether the adapter stays there. */
    public enum Action {
        PIN,
        UNPIN,
        LOAD,
        EVICT;

        /** Returns the action of a word; empty if there is none. */
        public static Optional<Action> of(String word) {
            return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
        }

        /** Returns the word in paths, in the log and, after {@code adapter.}, in the audit. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ResidencyCommands(Administration administration, ClusterEvents events, TeamQuota quota) {
        this.administration = administration;
        this.events = events;
        this.quota = quota;
    }

    /**
     * Pins, unpins, loads or evicts an adapter. Blocks while a pin is written.
     *
     * @return completes when it is done; an eviction is not awaited, as its requests may take long
     * @throws CommandRefusedException if the command is refused
     */
    public CompletableFuture<Void> change(Caller caller, String name, Action action) {
        var before = state(name);
        return AuditedAction.call(
                caller.name(),
                "adapter." + action.word(),
                () -> {
                    var done = begun(name, action, caller);
                    events.done(
                            caller.name(), "adapter." + action.word(), name, before, state(name));
                    return done;
                });
    }

    private CompletableFuture<Void> begun(String name, Action action, Caller caller) {
        var service = administration.residency();
        try {
            caller.requireChange(name);
            var done =
                    switch (action) {
                        case PIN, UNPIN -> {
                            quota.pin(administration, caller.access(), name, action == Action.PIN);
                            yield CompletableFuture.<Void>completedFuture(null);
                        }
                        case LOAD -> service.load(name);
                        case EVICT -> {
                            // Not awaited: requests that run with it may take long.
                            var _ = service.evict(name);
                            yield CompletableFuture.<Void>completedFuture(null);
                        }
                    };
            log.info(
                    "Adapter {}: {} by {}", ShortenedText.name(name), action.word(), caller.name());
            return done;
        } catch (NoSuchAdapterException _) {
            throw CommandRefusedException.of(
                    Kind.UNKNOWN_ADAPTER,
                    "No adapter is served as '%s'; GET /admin/adapters lists them."
                            .formatted(ShortenedText.name(name)));
        } catch (RuntimeException e) {
            throw CatalogueRefusals.translated(e);
        }
    }

    /** Returns the adapter's state for the audit; null if there is no such adapter. */
    private @Nullable Map<String, ?> state(String name) {
        return administration
                .residency()
                .report(name)
                .map(report ->
                        Map.of(
                                "pinned",
                                report.memories().stream().anyMatch(at -> at.status().pinned()),
                                "resident_in",
                                report.memories().stream()
                                        .filter(at -> at.status().residence() == Residence.RESIDENT)
                                        .map(AdapterReport.InMemory::memory)
                                        .toList()))
                .orElse(null);
    }
}
