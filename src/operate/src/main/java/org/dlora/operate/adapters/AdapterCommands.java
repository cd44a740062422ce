package org.dlora.operate.adapters;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.manifest.ManagedAdapterException;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.operate.ShortenedText;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.Scope;
import org.dlora.security.limits.LimitExceededException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that change adapters: checked for the caller, audited and logged. Methods block, and
 * throw {@link CommandRefusedException} or {@link AccessRefusedException} for what is refused.
 * Thread-safe.
 */
public final class AdapterCommands {
    private static final Logger log = LoggerFactory.getLogger(AdapterCommands.class);

    private final Administration administration;
    private final CatalogueAudit audit;
    private final TeamQuota quota;

    public AdapterCommands(Administration administration, ClusterEvents events, TeamQuota quota) {
        this.administration = administration;
        this.quota = quota;
        audit = new CatalogueAudit(administration, events);
    }

    /** Checks that a caller may change an adapter, before the rest of a command is read. */
    public void requireChange(Caller caller, String name) {
        CatalogueRefusals.translated(() -> {
            caller.requireChange(name);
            return administration.catalogue();
        });
    }

    /** Changes details, defaults, pin and share of an adapter. */
    public CatalogueEntry update(Caller caller, String name, AdapterUpdate update) {
        return done(
                caller,
                "adapter.update",
                name,
                details(update),
                () -> updated(caller, name, update));
    }

    private static Map<String, Object> details(AdapterUpdate update) {
        var given = new LinkedHashMap<String, Object>();
        update.description().ifPresent(text -> given.put("description", text));
        update.tags().ifPresent(tags -> given.put("tags", tags));
        update.owner().ifPresent(text -> given.put("owner", text));
        update.systemPrompt().ifPresent(text -> given.put("system_prompt", text));
        update.parameters().ifPresent(_ -> given.put("parameters", "changed"));
        update.pinned().ifPresent(pinned -> given.put("pinned", pinned));
        update.share().ifPresent(share -> given.put("share", share));
        return given;
    }

    private CatalogueEntry updated(Caller caller, String name, AdapterUpdate update) {
        if (update.share().isPresent() && caller.access().isLimited()) {
            throw AccessRefusedException.forbidden(
                    "'share' is service that other teams lose; only keys without a team and for all adapters may change it.");
        }
        if (update.pinned().orElse(false)) {
            quota.requirePin(administration, caller.access(), name); // Before anything is changed.
        }
        var service = administration.catalogue();
        if (service.find(name).isEmpty()) {
            throw new NoSuchAdapterException(name);
        }
        Supplier<CatalogueEntry> change =
                () -> {
                    administration
                            .guard()
                            .update(
                                    service.find(name).map(CatalogueEntry::record),
                                    update.details(),
                                    update.defaults());
                    return service.update(name, update.details(), update.defaults());
                };
        Supplier<CatalogueEntry> steps =
                () -> {
                    var entry =
                            update.isVersion()
                                    ? quota.add(administration, caller.access(), name, change)
                                    : change.get();
                    update.pinned()
                            .ifPresent(pinned ->
                                    quota.pin(administration, caller.access(), name, pinned));
                    return entry;
                };
        return update.share()
                .map(share ->
                        new ShareUpdate(
                                        administration.scheduling(),
                                        administration.guard(),
                                        name,
                                        share)
                                .before(steps))
                .orElseGet(steps);
    }

    /** Sets the golden prompts of an adapter, whose answers may have to be recorded. */
    public CatalogueEntry setGate(Caller caller, String name, List<GateDraft> prompts) {
        return done(
                caller,
                "adapter.set_gate",
                name,
                Map.of("prompts", prompts.size()),
                () -> {
                    // The prompts are the caller's, and the answers come back.
                    caller.access().require(Set.of(Scope.INFERENCE));
                    GateLimits.check(prompts);
                    administration.guard().setGate(name, prompts);
                    try {
                        return administration.catalogue().setGate(name, prompts);
                    } catch (NoSuchAdapterException e) {
                        throw e;
                    } catch (IllegalArgumentException e) {
                        throw CommandRefusedException.invalid("prompts", e.getMessage() + ".");
                    }
                });
    }

    /**
     * Sets the route of an alias; a new one if the alias is not known yet.
     *
     * @param alias empty for the adapter's name alone
     * @param shadow version that answers each request once more, unseen
     */
    public CatalogueEntry route(
            Caller caller, String name, String alias, AliasRoute route, OptionalInt shadow) {
        var details = new LinkedHashMap<String, Object>();
        details.put("alias", alias);
        details.put("versions", route.weights());
        details.put("sticky", route.sticky());
        shadow.ifPresent(version -> details.put("shadow", version));
        return done(
                caller,
                "adapter.route",
                name,
                details,
                () -> {
                    if (!alias.isEmpty() && !AliasRecord.isName(alias)) {
                        throw CommandRefusedException.invalid(
                                "alias",
                                "'%s' cannot be an alias; expected a letter and up to 63 letters, digits, '.', '_' or '-'."
                                        .formatted(ShortenedText.name(alias)));
                    }
                    if (shadow.isPresent()
                            && route.weights().keySet().equals(Set.of(shadow.getAsInt()))) {
                        throw CommandRefusedException.invalid(
                                "shadow",
                                "'shadow' is version %d, which answers all requests: expected another version, or none."
                                        .formatted(shadow.getAsInt()));
                    }
                    var service = administration.catalogue();
                    administration
                            .guard()
                            .route(
                                    name,
                                    service.find(name).map(CatalogueEntry::record),
                                    alias,
                                    route,
                                    shadow);
                    return service.route(name, alias, route, shadow);
                });
    }

    /**
     * Adds a version.
     *
     * @param folder below one of the adapter roots
     * @param isActivated whether requests for the name get the version
     * @return number of the version
     */
    public int addVersion(Caller caller, String name, String folder, boolean isActivated) {
        return done(
                caller,
                "adapter.add_version",
                name,
                Map.of("path", folder, "activate", isActivated),
                () -> {
                    caller.access().requireFolder(folder);
                    return quota.add(
                            administration,
                            caller.access(),
                            name,
                            () -> {
                                administration.guard().addVersion(name, isActivated);
                                return administration
                                        .catalogue()
                                        .addVersion(name, folder, isActivated);
                            });
                });
    }

    /**
     * Registers the adapter in a folder below a root.
     *
     * @param request whose source is the folder
     * @throws AdapterRefusedException if the name is taken, the path is not allowed or the adapter
     *     cannot be served
     */
    public void register(Caller caller, AcquisitionRequest request) {
        var adapters = administration.adapters();
        var access = caller.access();
        var name = request.name();
        access.requireChange(name);
        access.requireFolder(request.source());
        Supplier<ServedAdapter> change =
                () -> {
                    administration.guard().addVersion(name, request.isActivated());
                    return adapters.register(request);
                };
        Supplier<ServedAdapter> reported =
                () -> audit.reportedContent(caller, "adapter.register", name, change);
        var _ = registering(() -> quota.add(administration, access, name, reported));
    }

    /**
     * Takes an adapter's name away; the requests of the adapter run to their end.
     *
     * @throws NoSuchAdapterException if the caller knows of none of that name
     */
    public void unregister(Caller caller, String name) {
        var adapters = administration.adapters();
        var _ =
                registering(() -> {
                    caller.requireChange(name);
                    return audit.reportedContent(
                            caller,
                            "adapter.unregister",
                            name,
                            () -> {
                                administration.guard().withdraw(name);
                                return adapters.unregister(name);
                            });
                });
    }

    /** Translates a failure of the server itself apart from what forbids the command. */
    private static <T> T registering(Supplier<T> command) {
        try {
            return command.get();
        } catch (GateFailedException | ManagedAdapterException | CatalogueChangedException e) {
            throw CatalogueRefusals.translated(e);
        } catch (IllegalStateException e) {
            throw e.getCause() instanceof LimitExceededException limit
                    ? limit
                    : CommandRefusedException.of(Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }

    /** Runs the gate with a version. */
    public CatalogueEntry judge(Caller caller, String name, int version) {
        return done(
                caller,
                "adapter.gate",
                name,
                Map.of("version", version),
                () -> administration.catalogue().judge(name, version));
    }

    /**
     * Rolls an alias back.
     *
     * @param alias empty for the adapter's name alone
     * @param from route that the caller expects to be in force; empty for any
     */
    public CatalogueEntry rollBack(
            Caller caller, String name, String alias, Optional<AliasRoute> from) {
        return done(
                caller,
                "adapter.roll_back",
                name,
                Map.of("alias", alias),
                () -> {
                    administration.guard().route(name, alias);
                    return administration.catalogue().rollBack(name, alias, from);
                });
    }

    /**
     * Deletes an adapter.
     *
     * @param isForced whether the requests of the adapter are ended; else they run to their end
     * @return completes when the last of them has ended
     */
    public CompletableFuture<Void> delete(Caller caller, String name, boolean isForced) {
        return deleted(
                caller,
                "adapter.delete",
                name,
                () -> {
                    administration.guard().delete(name);
                    return administration.catalogue().delete(name, isForced);
                });
    }

    /** Retires a version; requests of the version run to their end. */
    public CatalogueEntry retire(Caller caller, String name, int version) {
        return deleted(
                caller,
                "adapter.delete_versions",
                name,
                () -> {
                    administration.guard().withdraw(name);
                    return administration.catalogue().retire(name, version);
                });
    }

    /** Removes the gate of an adapter. */
    public CatalogueEntry removeGate(Caller caller, String name) {
        return deleted(
                caller,
                "adapter.delete_gate",
                name,
                () -> {
                    administration.guard().removeGate(name);
                    return administration.catalogue().removeGate(name);
                });
    }

    /** Removes an alias of an adapter. */
    public CatalogueEntry removeAlias(Caller caller, String name, String alias) {
        return deleted(
                caller,
                "adapter.delete_aliases",
                name,
                () -> {
                    administration.guard().route(name, alias);
                    return administration.catalogue().removeAlias(name, alias);
                });
    }

    private <T> T deleted(Caller caller, String action, String name, Supplier<T> change) {
        return CatalogueRefusals.translated(() ->
                audit.reported(
                        caller,
                        action,
                        name,
                        () -> {
                            caller.requireChange(name);
                            return change.get();
                        }));
    }

    private <T> T done(
            Caller caller, String action, String name, Map<String, ?> details, Supplier<T> change) {
        return CatalogueRefusals.translated(() -> {
            caller.requireChange(name);
            var done = audit.reported(caller, action, name, change);
            log.info(
                    "Adapter {}: {} by {}: {}",
                    ShortenedText.name(name),
                    action,
                    caller.name(),
                    ShortenedText.details(details));
            return done;
        });
    }
}
