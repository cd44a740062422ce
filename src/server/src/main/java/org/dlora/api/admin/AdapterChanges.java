package org.dlora.api.admin;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Fields;
import org.dlora.api.openai.TeamQuota;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.catalogue.AliasRecord;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.Scope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes of adapters, as the endpoints and the console make them: checked for the caller, audited
 * and logged. Values are JSON as the endpoints take it. Methods block, and throw {@link
 * ApiException} or {@link AccessRefusedException} for what is refused. Thread-safe.
 */
public final class AdapterChanges {
    private static final Logger log = LoggerFactory.getLogger(AdapterChanges.class);
    private static final int MOST_SHOWN = 500;

    private final Administration administration;
    private final CatalogueAudit audit;
    private final TeamQuota quota;

    AdapterChanges(
            Administration administration, ClusterEvents events, ObjectProvider<TeamQuota> quota) {
        this.quota = quota.getIfAvailable(() -> TeamQuota.NONE);
        this.administration = administration;
        audit = new CatalogueAudit(administration, events);
    }

    /**
     * Changes an adapter, its gate, or the route of one of its aliases.
     *
     * @param json body of {@code PUT /admin/adapters/…}
     */
    public CatalogueEntry change(Caller caller, AdapterPath at, ObjectNode json) {
        return done(caller, action(at), at.name(), json, () -> changed(at, json, caller));
    }

    /**
     * Adds a version.
     *
     * @param json {@code {"path": FOLDER, "activate": true}}
     * @return its number
     */
    public int addVersion(Caller caller, String name, ObjectNode json) {
        return done(
                caller,
                "adapter.add_version",
                name,
                json,
                () -> {
                    var fields = Fields.of(json);
                    var path =
                            Fields.text(
                                    "path",
                                    fields.required(
                                            "path", "a folder below one of the adapter roots"));
                    boolean isActivated = fields.flag("activate", true);
                    fields.end();
                    caller.access().requireFolder(path);
                    return quota.add(
                            administration,
                            caller.access(),
                            name,
                            () -> administration.catalogue().addVersion(name, path, isActivated));
                });
    }

    /**
     * Runs the gate with a version.
     *
     * @param json {@code {}}
     */
    public CatalogueEntry judge(Caller caller, AdapterPath at, ObjectNode json) {
        return done(
                caller,
                "adapter.gate",
                at.name(),
                json,
                () -> {
                    Fields.of(json).end();
                    return administration.catalogue().judge(at.name(), at.version());
                });
    }

    /**
     * Rolls an alias back.
     *
     * @param json {@code {"alias": NAME, "from": ROUTE}}; the adapter's name and its route unless
     *     given
     */
    public AdapterPath rollBack(Caller caller, String name, ObjectNode json) {
        return done(
                caller,
                "adapter.roll_back",
                name,
                json,
                () -> {
                    var fields = Fields.of(json);
                    var alias = fields.text("alias").orElse(AliasRecord.DEFAULT);
                    var from = fields.object("from").map(AliasBody::readRoute);
                    fields.end();
                    var _ = administration.catalogue().rollBack(name, alias, from);
                    return new AdapterPath(name, "aliases", alias);
                });
    }

    /**
     * Deletes an adapter, its gate, a version or an alias.
     *
     * @param isForced whether the requests of the adapter are ended; else they run to their end
     * @return completes when the last of them has ended
     */
    public CompletableFuture<Void> delete(Caller caller, AdapterPath at, boolean isForced) {
        return CatalogueCall.now(() ->
                audit.reported(
                        caller,
                        "adapter.delete" + (at.isAdapter() ? "" : "_" + at.part()),
                        at.name(),
                        () -> {
                            caller.requireChange(at.name());
                            return deleted(administration.catalogue(), at, isForced);
                        }));
    }

    private <T> T done(
            Caller caller, String action, String name, ObjectNode json, Supplier<T> change) {
        return CatalogueCall.now(() -> {
            caller.requireChange(name);
            var done = audit.reported(caller, action, name, change);
            log.info(
                    "Adapter {}: {} by {}: {}",
                    StringUtils.truncate(name),
                    action,
                    caller.name(),
                    StringUtils.truncate(json.toString(), MOST_SHOWN));
            return done;
        });
    }

    private static String action(AdapterPath at) {
        if (at.isAdapter()) {
            return "adapter.update";
        }
        return at.isGate() ? "adapter.set_gate" : "adapter.route";
    }

    private CatalogueEntry changed(AdapterPath at, ObjectNode json, Caller caller) {
        if (at.isAdapter()) {
            return update(at.name(), json, caller);
        }
        return at.isGate() ? setGate(at.name(), json, caller) : route(at, json);
    }

    private CatalogueEntry setGate(String name, ObjectNode json, Caller caller) {
        // Its prompts are the caller's, and the answers come back.
        caller.access().require(Set.of(Scope.INFERENCE));
        var drafts = GateBody.read(json, administration.models().base().spec().vocabSize());
        try {
            return administration.catalogue().setGate(name, drafts);
        } catch (NoSuchAdapterException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("prompts", e.getMessage() + ".");
        }
    }

    private CatalogueEntry update(String name, ObjectNode json, Caller caller) {
        var update = AdapterUpdate.read(json);
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
                () -> service.update(name, update.details(), update.defaults());
        // Other defaults are another version.
        boolean isVersion = json.has("system_prompt") || json.has("parameters");
        Supplier<CatalogueEntry> steps =
                () -> {
                    var entry =
                            isVersion
                                    ? quota.add(administration, caller.access(), name, change)
                                    : change.get();
                    update.pinned().ifPresent(pinned -> pin(caller, name, pinned));
                    return entry;
                };
        return update.share()
                .map(share ->
                        new ShareUpdate(administration.scheduling(), name, share).before(steps))
                .orElseGet(steps);
    }

    private void pin(Caller caller, String name, boolean pinned) {
        var residency = administration.residency();
        if (pinned) {
            quota.pin(administration, caller.access(), name, () -> residency.pin(name, true));
        } else {
            residency.pin(name, false);
        }
    }

    private CatalogueEntry route(AdapterPath at, ObjectNode json) {
        if (!at.part().equals("aliases")) {
            throw ApiException.of(
                    HttpStatus.METHOD_NOT_ALLOWED,
                    "Versions do not change; POST /admin/adapters/NAME/versions adds one.");
        }
        if (!at.item().isEmpty() && !AliasRecord.isName(at.item())) {
            throw ApiException.invalid(
                    "alias",
                    "'%s' cannot be an alias; expected a letter and up to 63 letters, digits, '.', '_' or '-'."
                            .formatted(StringUtils.truncate(at.item())));
        }
        var wanted = AliasBody.read(json);
        return administration
                .catalogue()
                .route(at.name(), at.item(), wanted.route(), wanted.shadow());
    }

    private static CompletableFuture<Void> deleted(
            CatalogueService service, AdapterPath at, boolean isForced) {
        if (at.isAdapter()) {
            return service.delete(at.name(), isForced);
        }
        var _ =
                switch (at.part()) {
                    case "versions" -> service.retire(at.name(), at.version());
                    case "gate" -> service.removeGate(at.name());
                    default -> service.removeAlias(at.name(), at.item());
                };
        return CompletableFuture.completedFuture(null);
    }
}
