package org.dlora.api.admin;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.TeamQuota;
import org.dlora.audit.AuditedAction;
import org.dlora.cluster.adapters.AdapterReport;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.catalogue.CatalogueUnavailableException;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;

/**
 * Changes of the adapters' residency by hand, as the endpoints and the console make them: checked
 * for the caller, audited and logged. Thread-safe.
 */
public final class ResidencyChanges {
    private static final Logger log = LoggerFactory.getLogger(ResidencyChanges.class);

    private final Administration administration;
    private final ClusterEvents events;
    private final TeamQuota quota;

    ResidencyChanges(
            Administration administration, ClusterEvents events, ObjectProvider<TeamQuota> quota) {
        this.administration = administration;
        this.events = events;
        this.quota = quota.getIfAvailable(() -> TeamQuota.NONE);
    }

    /**
     * Pins, unpins, loads or evicts an adapter. Blocks while a pin is written.
     *
     * @param action {@code pin}, {@code unpin}, {@code load} or {@code evict}
     * @return completes when it is done; an eviction is not awaited, as its requests may take long
     * @throws ApiException if it is refused
     */
    public CompletableFuture<Void> change(Caller caller, String name, String action) {
        var before = state(name);
        return AuditedAction.call(
                caller.name(),
                "adapter." + action,
                () -> {
                    var done = begun(name, action, caller);
                    events.done(caller.name(), "adapter." + action, name, before, state(name));
                    return done;
                });
    }

    private CompletableFuture<Void> begun(String name, String action, Caller caller) {
        var service = administration.residency();
        try {
            caller.requireChange(name);
            var done =
                    switch (action) {
                        case "pin" -> {
                            quota.pin(
                                    administration,
                                    caller.access(),
                                    name,
                                    () -> service.pin(name, true));
                            yield CompletableFuture.<Void>completedFuture(null);
                        }
                        case "unpin" -> {
                            service.pin(name, false);
                            yield CompletableFuture.<Void>completedFuture(null);
                        }
                        case "load" -> service.load(name);
                        case "evict" -> {
                            // Not awaited: requests that run with it may take long.
                            var _ = service.evict(name);
                            yield CompletableFuture.<Void>completedFuture(null);
                        }
                        default ->
                                throw ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "'%s' is not done to adapters; POST /admin/adapters/NAME/ and pin, unpin, load, evict, versions, versions/NUMBER/gate or rollback."
                                                .formatted(StringUtils.truncate(action)));
                    };
            log.info("Adapter {}: {} by {}", StringUtils.truncate(name), action, caller.name());
            return done;
        } catch (NoSuchAdapterException _) {
            throw ApiException.noSuchAdapter(
                    null,
                    "No adapter is served as '%s'; GET /admin/adapters lists them."
                            .formatted(StringUtils.truncate(name)));
        } catch (CatalogueUnavailableException e) {
            throw ApiException.storeUnavailable(e.getMessage() + ".");
        } catch (IllegalStateException e) {
            throw ApiException.of(HttpStatus.CONFLICT, e.getMessage() + ".");
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
